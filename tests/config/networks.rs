//! The shop's accounts at the networks, as `[[network]]` names them.

use std::path::Path;

use flashtag::config::serve::{Credentials, NetworkAccount, Reading, Transport, parse_serve};
use flashtag::domain::id::Network;

fn read(text: &str) -> Result<Vec<NetworkAccount>, String> {
    let read = parse_serve(text, "flashtag.toml", Path::new("/etc/flashtag"), []);
    read.map(|config| config.networks).map_err(|faults| faults.to_string())
}

const BLUESKY: &str = "[[network]]\nname = \"shop\"\nkind = \"bluesky\"\naccount = \"did:plc:shop\"\n\
                       app_password_file = \"app-password\"\n";
const MASTODON: &str = "[[network]]\nname = \"fedi\"\nkind = \"mastodon\"\nhost = \"social.example\"\n\
                        account = \"https://social.example/users/shop\"\ntoken_file = \"/run/token\"\n";
const X: &str = "[[network]]\nname = \"x-1\"\nkind = \"x\"\naccount = \"9001\"\nclient_id = \"abc\"\n\
                 client_secret_file = \"x-secret\"\n";

#[test]
fn four_lines_are_enough_for_an_account() {
    let accounts = read(&format!("{BLUESKY}{MASTODON}{X}")).expect("they are good");
    let [bluesky, mastodon, x] = accounts.as_slice() else { panic!("{accounts:?}") };
    assert_eq!((bluesky.network, bluesky.host.as_str()), (Network::Bluesky, "https://bsky.social"));
    assert_eq!(bluesky.credentials, Credentials::AppPassword("/etc/flashtag/app-password".into()));
    assert_eq!(bluesky.read, Reading::of(Network::Bluesky));
    assert!(bluesky.reply && bluesky.links_in_replies);
    assert_eq!((mastodon.network, mastodon.host.as_str()), (Network::Mastodon, "https://social.example"));
    assert_eq!(mastodon.credentials, Credentials::Token("/run/token".into()));
    assert_eq!(mastodon.read, Reading::Notifications(Transport::WebSocket));
    assert_eq!(
        (x.network, x.host.as_str(), x.account.to_string()),
        (Network::X, "https://api.x.com", "x:9001".into())
    );
    assert_eq!(x.read, Reading::Activity);
    assert!(x.reply && !x.links_in_replies, "a reply with a link costs twenty times as much there");
}

/// A key that is added to an account, and what is read then.
#[test]
fn what_is_read_and_what_it_may_cost_can_be_chosen() {
    let table = [
        (BLUESKY, "jetstream:wss://j.example", Reading::Jetstream("wss://j.example".into())),
        (BLUESKY, "jetstream2:wss://j.example/", Reading::Jetstream2("wss://j.example".into())),
        (BLUESKY, "repositories:ws://127.0.0.1:2583", Reading::Repositories("ws://127.0.0.1:2583".into())),
        (BLUESKY, "off", Reading::Off),
        (MASTODON, "hashtags", Reading::Hashtags(Transport::WebSocket)),
        (MASTODON, "notifications by events", Reading::Notifications(Transport::Events)),
        (MASTODON, "hashtags by events", Reading::Hashtags(Transport::Events)),
        (X, "filtered", Reading::Filtered),
        (X, "activity", Reading::Activity),
    ];
    for (account, text, expected) in table {
        let accounts = read(&format!("{account}read = \"{text}\"\n")).expect(text);
        let read: Vec<_> = accounts.into_iter().map(|account| account.read).collect();
        assert_eq!(read, [expected], "{text}");
    }
    let accounts = read(&format!("{X}budget = \"50 USD per day\"\nlinks_in_replies = true\nreply = false\n"));
    let [account] = accounts.expect("it is good").try_into().expect("one");
    assert_eq!(account.budget.map(|budget| budget.to_string()).as_deref(), Some("50.00 USD per day"));
    assert!(account.links_in_replies && !account.reply);
}

/// What is wrong, and what the fault says.
#[test]
fn a_fault_says_what_is_wrong_and_what_to_write() {
    let table = [
        (BLUESKY.replace("\"shop\"", "\"The Shop\""), "`name` is \"The Shop\""),
        (BLUESKY.replace("bluesky", "threads"), "`kind` is \"threads\""),
        (BLUESKY.replace("did:plc:shop", "shop.bsky.social"), "`account` is \"shop.bsky.social\""),
        (BLUESKY.replace("app_password_file", "token_file"), "`app_password_file` is missing"),
        (MASTODON.replace("host = \"social.example\"\n", ""), "`host` is missing"),
        (
            MASTODON.replace("social.example\"\na", "social.example/about\"\na"),
            "`host` is \"social.example/about\"",
        ),
        (MASTODON.replace("https://social.example/users/shop", "12"), "`account` is \"12\""),
        (X.replace("client_id = \"abc\"\n", ""), "`client_id` is missing"),
        (format!("{X}token = \"secret\"\n"), "unknown key \"token\""),
        (format!("{X}read = \"jetstream\"\n"), "`read` is \"jetstream\""),
        (format!("{X}budget = \"50 EUR per day\"\n"), "`budget` is \"50 EUR per day\""),
        (format!("{X}budget = \"50 USD\"\n"), "`budget` is \"50 USD\""),
        (format!("{BLUESKY}{BLUESKY}"), "two networks have the name \"shop\""),
        (
            format!("{BLUESKY}{}", BLUESKY.replace("\"shop\"", "\"other\"")),
            "the account bluesky:did:plc:shop is there twice",
        ),
        ("[network]\nname = \"shop\"\n".to_owned(), "`network` is a table"),
    ];
    for (text, expected) in table {
        let fault = read(&text).expect_err(expected);
        assert!(fault.contains(expected), "{text}\n{fault}");
    }
}

#[test]
fn the_printed_configuration_reads_back() {
    let text = format!("{BLUESKY}{MASTODON}{X}budget = \"50 USD per day\"\n");
    let config = parse_serve(&text, "flashtag.toml", Path::new("/etc/flashtag"), []).expect("it is good");
    let printed = config.print();
    let again = parse_serve(&printed, "printed.toml", Path::new("/etc/flashtag"), []);
    assert_eq!(again.map_err(|faults| faults.to_string()), Ok(config), "{printed}");
}
