//! The configuration of `serve`.

use std::path::{Path, PathBuf};

use flashtag::config::replies::Ceilings;
use flashtag::config::serve::{
    Auth, Cards, Email, MailTls, Mode, Orders, Peer, Replies, Retain, Sca, ServeConfig, SmtpUrl, parse_serve,
    read_serve,
};
use flashtag::domain::id::Network;
use flashtag::domain::time::Millis;
use flashtag::text::file_fault::Faults;

const BASE: &str = "/etc/flashtag";

fn read_with(text: &str, variables: &[(&str, &str)]) -> Result<ServeConfig, Faults> {
    let variables = variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    parse_serve(text, "flashtag.toml", Path::new(BASE), variables)
}

fn read(text: &str) -> ServeConfig {
    read_with(text, &[]).unwrap_or_else(|faults| panic!("{text}\n{faults}"))
}

const EXAMPLE: &str = r#"
data = "./data"
offers = "offers.toml"
accounts = "accounts.ndjson"
templates = "./templates"
partitions = 2
[http]
listen = "127.0.0.1:8080"
auth = "off"
[providers]
cards = "sandbox"
replies = "file:replies.ndjson"
email = "maildir:mail"
[limits]
body_bytes = "1 MiB"
connections = 10
tick = "5ms"
"#;

#[test]
fn the_full_example_is_read() {
    let config = read(EXAMPLE);
    assert_eq!(config.data, Path::new("/etc/flashtag/data"));
    assert_eq!(config.offers, Path::new("/etc/flashtag/offers.toml"));
    assert_eq!(config.accounts, Some(PathBuf::from("/etc/flashtag/accounts.ndjson")));
    assert_eq!(config.templates, Some(PathBuf::from("/etc/flashtag/templates")));
    assert_eq!(config.partitions, 2);
    assert_eq!(config.http.listen.to_string(), "127.0.0.1:8080");
    assert_eq!(config.http.auth, Auth::Off);
    let providers = &config.providers;
    assert_eq!(providers.cards, Cards::Sandbox(None));
    assert_eq!(providers.replies, Replies::File("/etc/flashtag/data/replies.ndjson".into()));
    assert_eq!(providers.email, Email::Maildir("/etc/flashtag/data/mail".into()));
    assert_eq!(providers.orders, Orders::File("/etc/flashtag/data/orders.ndjson".into()));
    assert_eq!(config.limits.body_bytes, 1 << 20);
    assert_eq!(config.limits.connections, 10);
    assert_eq!(config.limits.tick.ms(), 5);
}

#[test]
fn a_shop_is_a_test_until_it_is_told_to_sell_for_real() {
    let config = read("");
    assert_eq!((config.mode, config.peers.egress_allow, config.peers.ca_file), (Mode::Test, vec![], None));
    let text = "mode = \"test\"\nca_file = \"peers/ca.pem\"\n\
                egress_allow = [\"127.0.0.1:2583\", \"[::1]:80\", \"PDS.test:443\"]";
    let peers = read(text).peers;
    assert_eq!(peers.ca_file, Some(PathBuf::from("/etc/flashtag/peers/ca.pem")));
    let expected = [
        Peer::Address("127.0.0.1:2583".parse().unwrap()),
        Peer::Address("[::1]:80".parse().unwrap()),
        Peer::Name("pds.test".to_owned(), 443),
    ];
    assert_eq!(peers.egress_allow, expected);
    let variable = [("FLASHTAG__EGRESS_ALLOW", "127.0.0.1:2583, [::1]:80,pds.test:443")];
    assert_eq!(read_with("", &variable).unwrap().peers.egress_allow, expected);
}

#[test]
fn a_live_shop_opens_no_address_of_its_own_network() {
    let faults = read_with("mode = \"live\"\negress_allow = [\"127.0.0.1:2583\"]", &[]).unwrap_err();
    let advice = "flashtag.toml:2:16: `egress_allow` opens addresses of the own network, and `mode` is \"live\"; \
                  remove it: a live shop calls public addresses alone";
    assert!(faults.to_string().contains(advice), "{faults}");
}

#[test]
fn an_empty_file_means_all_defaults() {
    let config = read("");
    assert_eq!((config.partitions, config.accounts, config.templates), (1, None, None));
    assert_eq!(config.http.listen.to_string(), "127.0.0.1:8080");
    let limits = config.limits;
    assert_eq!((limits.posts_in_flight, limits.posts_per_request), (65_536, 10_000));
    assert_eq!((limits.body_bytes, limits.line_bytes), (8 << 20, 1 << 20));
    assert_eq!((limits.segment_bytes, limits.group_bytes), (64 << 20, 4 << 20));
    assert_eq!((limits.snapshot_every, config.retain), (256 << 20, Retain::History));
    let waits = [limits.head_timeout, limits.body_timeout, limits.answer_timeout, limits.keep_alive];
    assert_eq!(waits.map(|wait| wait.to_string()), ["5s", "10s", "30s", "15s"]);
    assert_eq!((limits.connections, limits.http_workers, limits.journal_queue), (1024, 1, 1024));
    assert_eq!((limits.sessions_live, limits.session_idle.to_string()), (2_000_000, "10m".to_owned()));
    assert_eq!((limits.cards_in_flight, limits.replies_in_flight, limits.emails_in_flight), (64, 16, 8));
    assert_eq!((limits.reply_stale.to_string(), limits.recipients_remembered), ("15m".to_owned(), 100_000));
    assert_eq!((limits.retry_first.ms(), limits.retry_most.ms(), limits.attempts_most), (250, 60_000, 20));
    assert_eq!((limits.outbox_pending, limits.accounts_most), (1_000_000, 20_000_000));
    assert_eq!(limits.tick.ms(), 20);
}

#[test]
fn providers_are_read_in_all_their_forms() {
    let config = read(
        r#"
[http]
listen = "0.0.0.0:80"
token_file = "token"
[providers]
cards = "sandbox:cards.toml"
replies = "console"
email = "smtps://ana:pa%40ss@mail.example:465"
email_from = "orders@shop.example"
orders = "file:/var/orders.ndjson"
"#,
    );
    assert_eq!(config.http.auth, Auth::TokenFile("/etc/flashtag/token".into()));
    assert_eq!(config.providers.cards, Cards::Sandbox(Some("/etc/flashtag/data/cards.toml".into())));
    assert_eq!(config.providers.replies, Replies::Console);
    assert_eq!(config.providers.orders, Orders::File("/var/orders.ndjson".into()));
    let Email::Smtp(relay) = &config.providers.email else { panic!("{:?}", config.providers.email) };
    assert_eq!(relay.url.expose(), "smtps://ana:pa%40ss@mail.example:465");
    for shown in [format!("{config:?}"), config.print(), relay.url.to_string()] {
        assert!(!shown.contains("pa%40ss"), "{shown}");
    }
    assert!(config.print().contains("smtps://ana:***@mail.example:465"));
}

#[test]
fn a_mail_server_is_read_with_what_it_takes_to_be_let_in() {
    // The address; host, port, TLS, and who signs in.
    let table = [
        ("smtp://mail.example", ("mail.example", 587, MailTls::Asked, None, None)),
        ("smtp://mail.example:2525", ("mail.example", 2525, MailTls::Asked, None, None)),
        ("smtps://mail.example", ("mail.example", 465, MailTls::AtOnce, None, None)),
        ("smtp://mail.example?tls=none", ("mail.example", 25, MailTls::Never, None, None)),
        ("smtp://[::1]:26?tls=none", ("::1", 26, MailTls::Never, None, None)),
        ("smtp://a%40b.c@mail.example", ("mail.example", 587, MailTls::Asked, Some("a@b.c"), None)),
        ("smtps://a:p%25%3a:x@[::1]", ("::1", 465, MailTls::AtOnce, Some("a"), Some("p%::x"))),
    ];
    for (text, expected) in table {
        let url = SmtpUrl::parse(text).unwrap();
        assert_eq!((&*url.host, url.port, url.tls, url.user(), url.password()), expected, "{text}");
    }
    let config = read(
        "ca_file = \"roots.pem\"\negress_allow = [\"127.0.0.1:587\"]\n[providers]\nemail = \"smtp://shop@mail.example\"\n\
         email_from = \"a@shop.example\"\n[mail]\npassword_file = \"smtp-password\"\ndkim_selector = \"s1\"\n\
         unsubscribe = \"stop@shop.example\"",
    );
    let Email::Smtp(relay) = &config.providers.email else { panic!("{:?}", config.providers.email) };
    assert_eq!(relay.mail.password_file.as_deref(), Some(Path::new("/etc/flashtag/smtp-password")));
    assert_eq!(relay.peers, config.peers, "roots and rules of egress hold for mail as well");
    let printed = config.print();
    assert!(printed.contains("email = \"smtp://shop@mail.example\""), "a name is no secret: {printed}");
    assert_eq!(read(&printed), config);
}

#[test]
fn the_history_is_a_file_of_its_own() {
    assert_eq!(read("").subscribers.history, None);
    assert_eq!(read("").limits.subscriber_hold, 4 << 30);
    let config = read(
        "data = \"/d\"\n[subscribers]\nhistory = \"history.ndjson\"\n[limits]\nsubscriber_hold = \"1 MiB\"",
    );
    assert_eq!(config.subscribers.history, Some(PathBuf::from("/d/history.ndjson")));
    assert_eq!(config.limits.subscriber_hold, 1 << 20);
    assert!(config.print().contains("\nhistory = \"/d/history.ndjson\"\n"), "{}", config.print());
    let elsewhere = read_with("", &[("FLASHTAG__SUBSCRIBERS__HISTORY", "/var/sale.ndjson")]).unwrap();
    assert_eq!(elsewhere.subscribers.history, Some(PathBuf::from("/var/sale.ndjson")));
    for taken in ["orders.ndjson", "./replies.ndjson", "/etc/flashtag/data/orders.ndjson"] {
        let faults =
            read_with(&format!("[subscribers]\nhistory = \"{taken}\""), &[]).unwrap_err().to_string();
        assert_eq!(
            faults,
            "flashtag.toml:2:11: `history` is the file of a provider; name a file that nothing else writes"
        );
    }
    assert!(read_with("[subscribers]\nhistory = 7\n", &[]).is_err());
    assert!(read_with("[subscribers]\nhistroy = \"h\"\n", &[]).is_err());
}

#[test]
fn the_key_of_the_secrets_is_a_file_of_the_configuration_or_none() {
    assert_eq!(read("").secrets_key_file, None);
    let config = read("data = \"/d\"\nsecrets_key_file = \"keys/secrets\"");
    assert_eq!(config.secrets_key_file, Some(PathBuf::from("/etc/flashtag/keys/secrets")));
    let variable = read_with("", &[("FLASHTAG__SECRETS_KEY_FILE", "/run/key")]).unwrap();
    assert_eq!(variable.secrets_key_file, Some(PathBuf::from("/run/key")));
    assert!(read_with("secrets_key_file = 7", &[]).is_err());
}

#[test]
fn links_have_a_base_url_and_a_key() {
    let config = read("");
    assert_eq!(config.http.public_url, None);
    assert_eq!(config.http.link_key_file, Path::new("/etc/flashtag/data/link-key"));
    let table = [
        ("https://shop.example", "https://shop.example"),
        ("https://shop.example/", "https://shop.example"),
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
        ("http://[::1]:8080/flash/", "http://[::1]:8080/flash"),
    ];
    for (written, meant) in table {
        let text =
            format!("data = \"/d\"\n[http]\npublic_url = \"{written}\"\nlink_key_file = \"secret/key\"");
        let http = read(&text).http;
        assert_eq!(http.public_url.as_deref(), Some(meant), "{written}");
        assert_eq!(http.link_key_file, Path::new("/etc/flashtag/secret/key"));
    }
    assert_eq!(read("data = \"/d\"").http.link_key_file, Path::new("/d/link-key"));
}

#[test]
fn variables_override_the_file_and_wrong_ones_are_named() {
    let config = read_with(
        EXAMPLE,
        &[
            ("FLASHTAG__HTTP__LISTEN", "[::1]:9000"),
            ("FLASHTAG__PARTITIONS", "4"),
            ("FLASHTAG__DATA", "elsewhere"),
            ("FLASHTAG__LIMITS__GROUP_BYTES", "64 KiB"),
            ("FLASHTAG__LIMITS__SESSION_IDLE", "1m"),
            ("FLASHTAG__PROVIDERS__REPLIES", "console"),
            ("FLASHTAG_LOG", "debug"),
            ("PATH", "/bin"),
        ],
    )
    .unwrap();
    assert_eq!(config.http.listen.to_string(), "[::1]:9000");
    assert_eq!(config.partitions, 4);
    assert_eq!(config.data, Path::new("/etc/flashtag/elsewhere"));
    assert_eq!((config.limits.group_bytes, config.limits.session_idle.ms()), (64 << 10, 60_000));
    assert_eq!(config.providers.replies, Replies::Console);

    let faults = read_with(
        "partitions = 0",
        &[
            ("FLASHTAG__HTTP__LISTNE", "127.0.0.1:1"),
            ("FLASHTAG__HTTP__LISTEN", "nowhere"),
            ("FLASHTAG__LIMITS__TICK", "0s"),
            ("FLASHTAG__PROVIDERS__EMAIL", "imap://u:s3cret@host"),
        ],
    )
    .unwrap_err();
    let shown = faults.to_string();
    assert_eq!(faults.0.len(), 5, "{shown}");
    for words in [
        "flashtag.toml:1:14: `partitions` is 0",
        "FLASHTAG__HTTP__LISTNE: no key has this name; did you mean FLASHTAG__HTTP__LISTEN?",
        "FLASHTAG__HTTP__LISTEN: `listen` is \"nowhere\"",
        "FLASHTAG__LIMITS__TICK: `tick` is 0s; write a length of time from 1ms to 1s",
        "FLASHTAG__PROVIDERS__EMAIL: `email` cannot be used: it begins with neither smtp://",
    ] {
        assert!(shown.contains(words), "no {words:?} in\n{shown}");
    }
    assert!(!shown.contains("s3cret"), "{shown}");
}

#[test]
fn a_variable_can_set_a_key_that_the_file_has_wrong() {
    let config = read_with("[limits]\nconnections = 0", &[("FLASHTAG__LIMITS__CONNECTIONS", "7")]);
    assert_eq!(config.unwrap().limits.connections, 7);
}

#[test]
fn replies_are_paced_as_the_networks_allow_or_as_the_table_says() {
    let ceilings = |text: &str| {
        let replies = read(text).replies;
        Network::ALL.map(|network| {
            let each =
                replies.of(network).ceilings().iter().map(|ceiling| (ceiling.most, ceiling.per.ms() / 1000));
            each.collect::<Vec<_>>()
        })
    };
    let (x, bluesky) = (vec![(100, 900), (10_000, 86_400)], vec![(1666, 3600), (11_666, 86_400)]);
    let mastodon = vec![(300, 10_800)];
    assert_eq!(ceilings(""), [x.clone(), bluesky, mastodon]);
    let text = "[replies]\nbluesky = \"unpaced\"\nmastodon = \" 5 per 1m 30s,7 per 1h \"";
    assert_eq!(ceilings(text), [x, vec![], vec![(5, 90), (7, 3600)]]);
    let overruled = read_with(text, &[("FLASHTAG__REPLIES__MASTODON", "300 per 3h")]).unwrap();
    assert_eq!(overruled.replies.of(Network::Mastodon), read("").replies.of(Network::Mastodon));
    let printed = read(text).print();
    for line in ["x = \"100 per 15m, 10000 per 24h\"", "bluesky = \"unpaced\""] {
        assert!(printed.lines().any(|found| found == line), "no {line} in\n{printed}");
    }
    assert_eq!(Ceilings::unpaced(), read(UNPACED).replies);
}

const UNPACED: &str = "[replies]\nx = \"unpaced\"\nbluesky = \"unpaced\"\nmastodon = \"unpaced\"";

#[test]
fn each_fault_is_named_with_its_line() {
    let table = [
        ("dta = \"d\"", 1, "did you mean `data`?"),
        ("data = 5", 1, "`data` is a number"),
        ("data = \"\"", 1, "`data` is no path"),
        ("templates = \"\"", 1, "`templates` is no path"),
        ("http = 5", 1, "`http` is a number"),
        ("partitions = 257", 1, "from 1 to 256"),
        ("mode = \"prod\"", 1, "`mode` is \"prod\": neither \"test\" nor \"live\""),
        ("mode = true", 1, "`mode` is true or false; write text in quotes, as \"test\""),
        ("mode = \"live\"", 1, "the card sandbox only pretends to take money; write mode = \"test\""),
        ("\nmode = \"live\"\n[providers]\ncards = \"sandbox:s\"", 2, "only pretends to take money"),
        ("[providers]\ncards = \"stripes\"", 2, "`cards` is \"stripes\"; write \"stripe\", \"sandbox\", or"),
        ("[stripe]\nkey = \"rk_test_1\"", 2, "unknown key \"key\""),
        ("[stripe]\nkey_file = \"\"", 2, "`key_file` is no path"),
        ("[stripe]\nwebhook_secret_file = \"\"", 2, "`webhook_secret_file` is no path"),
        ("[stripe]\nsca = \"ask\"", 2, "`sca` is \"ask\"; write sca = \"declined\" or sca = \"link\""),
        ("[stripe]\nsca = \"link\"", 2, "`sca` is \"link\", and letters have no links; write public_url = "),
        ("[stripe]\nsca_within = \"11m\"", 2, "`sca_within` is 11m; write a length of time from 1s to 10m"),
        ("[stripe]\nsca_within = \"0s\"", 2, "`sca_within` is 0s; write a length of time from 1s to 10m"),
        (
            "[stripe]\napi_base = \"stripe.example\"",
            2,
            "`api_base` is \"stripe.example\": no address of an API",
        ),
        ("[stripe]\napi_base = \"http://me:secret@127.0.0.1\"", 2, "no address of an API"),
        (
            "mode = \"live\"\n[providers]\ncards = \"stripe\"\n[stripe]\napi_base = \"https://elsewhere.example\"",
            5,
            "`api_base` would send real payments elsewhere, and `mode` is \"live\"; leave it out",
        ),
        ("ca_file = \"\"", 1, "`ca_file` is no path"),
        ("egress_allow = \"127.0.0.1:2583\"", 1, "write a list, as [\"127.0.0.1:2583\"]"),
        ("egress_allow = [\"127.0.0.1\"]", 1, "`egress_allow` has \"127.0.0.1\": no host with its port"),
        ("egress_allow = [\"127.0.0.1:0\"]", 1, "no host with its port"),
        ("egress_allow = [\"127.0.0.1:65536\"]", 1, "no host with its port"),
        ("egress_allow = [\"127.0.0.256:80\"]", 1, "no host with its port"),
        ("egress_allow = [\"::1:80\"]", 1, "no host with its port"),
        ("egress_allow = [\"http://localhost:80\"]", 1, "no host with its port"),
        ("egress_allow = [\"10.0.0.0/8:80\"]", 1, "no host with its port"),
        ("egress_allow = [5]", 1, "`egress_allow` is a number"),
        ("[http]\nlisten = \"localhost:8080\"", 2, "127.0.0.1:8080"),
        (
            "[http]\nport = 80",
            2,
            "unknown key \"port\"; the keys here are allowed_hosts, auth, link_key_file, listen, public_url, token_file",
        ),
        ("[http]\nlisten = \"0.0.0.0:8080\"", 2, "which others can reach"),
        ("[http]\nauth = \"off\"\nlisten = \"192.168.0.1:8080\"", 3, "which others can reach"),
        ("[http]\nlisten = \"[::]:8080\"", 2, "which others can reach"),
        ("[http]\nauth = \"on\"", 2, "token_file"),
        ("[http]\nauth = \"off\"\ntoken_file = \"t\"", 3, "keep one of them"),
        ("[http]\nallowed_hosts = \"shop.internal\"", 2, "write a list, as [\"shop.internal\"]"),
        ("[http]\nallowed_hosts = [\"shop.internal:80\"]", 2, "`allowed_hosts` has \"shop.internal:80\""),
        ("[http]\nallowed_hosts = [\"http://shop.internal\"]", 2, "no name of a host, without a port"),
        ("[http]\nallowed_hosts = [\"\"]", 2, "no name of a host, without a port"),
        ("[http]\nallowed_hosts = [5]", 2, "`allowed_hosts` is a number"),
        ("[http]\npublic_url = 5", 2, "`public_url` is a number"),
        ("[http]\npublic_url = \"shop.example\"", 2, "write \"https://shop.example\""),
        ("[http]\npublic_url = \"ftp://shop.example\"", 2, "no address that links can begin with"),
        ("[http]\npublic_url = \"https://\"", 2, "no address that links can begin with"),
        ("[http]\npublic_url = \"https:///shop\"", 2, "no address that links can begin with"),
        ("[http]\npublic_url = \"https://user@shop.example\"", 2, "no address that links can begin with"),
        ("[http]\npublic_url = \"https://shop.example/?a=b\"", 2, "no address that links can begin with"),
        ("[http]\npublic_url = \"https://shop.example/#a\"", 2, "no address that links can begin with"),
        (
            "[http]\npublic_url = \"https://shop.example/\\r\\nX: y\"",
            2,
            "no address that links can begin with",
        ),
        ("[http]\nlink_key_file = \"\"", 2, "`link_key_file` is no path"),
        ("[providers]\ncards = \"sandbox:\"", 2, "or \"sandbox:FILE\""),
        ("[providers]\nreplies = \"replies.ndjson\"", 2, "file:replies.ndjson"),
        ("[providers]\norders = \"console\"", 2, "file:orders.ndjson"),
        ("[providers]\nemail = \"smtp://\"", 2, "names no host"),
        ("[providers]\nemail = \"smtp://a:b/c@host\"", 2, "%2F"),
        ("[providers]\nemail = \"smtp://host:0\"", 2, "port"),
        ("[providers]\nemail = \"smtp://a%4@host\"", 2, "begin a sign such as %40"),
        ("[providers]\nemail = \"smtp://host?tls=off\"", 2, "something else than tls=none"),
        ("[providers]\nemail = \"smtps://host?tls=none\"", 2, "something else than tls=none"),
        ("[providers]\nemail = \"smtp://a@host?tls=none\"", 2, "nobody signs in without TLS"),
        (
            "[providers]\nemail_from = \"a@b\"\nemail = \"smtp://a:b@host\"\n[mail]\npassword_file = \"p\"",
            3,
            "and so has",
        ),
        (
            "[providers]\nemail_from = \"a@b\"\nemail = \"smtp://host\"\n[mail]\npassword_file = \"p\"",
            3,
            "of nobody",
        ),
        ("[mail]\npassword_file = \"p\"", 1, "they go to a directory"),
        (
            "[providers]\nemail_from = \"a@b\"\nemail = \"smtp://a@host\"\n[mail]\ndkim_selector = \"a b\"",
            5,
            "no part of a name",
        ),
        (
            "[providers]\nemail_from = \"a@b\"\nemail = \"smtp://a@host\"\n[mail]\nunsubscribe = \"a@b?c\"",
            5,
            "no e-mail address",
        ),
        ("[providers]\nemail = \"smtp://host:99999\"", 2, "port"),
        ("[providers]\nemail = \"smtp://u:***@host\"\nemail_from = \"a@b\"", 2, "stands for one in print"),
        ("[providers]\nemail = \"smtp://host\"", 1, "`email_from` is missing"),
        ("[providers]\nemail_from = \"a@b\\r\\nBcc: c@d\"", 2, "no e-mail address"),
        ("[providers]\nemail_from = \"shop\"", 2, "no e-mail address"),
        ("[replies]\ntwitter = \"unpaced\"", 2, "the keys here are bluesky, mastodon, x"),
        ("replies = \"unpaced\"", 1, "`replies` is text; write a table"),
        ("[replies]\nx = 100", 2, "`x` is a number"),
        ("[replies]\nx = \"\"", 2, "write \"100 per 15m, 10000 per 24h\""),
        (
            "[replies]\nx = \"0 per 15m\"",
            2,
            "`x` is \"0 per 15m\": not a number (1 to 100000) per length of time",
        ),
        ("[replies]\nx = \"100001 per 15m\"", 2, "1 to 100000"),
        ("[replies]\nbluesky = \"-1 per 1h\"", 2, "`bluesky` is"),
        ("[replies]\nbluesky = \"100 per 15\"", 2, "`bluesky` is"),
        ("[replies]\nmastodon = \"100 per 0s\"", 2, "`mastodon` is"),
        ("[replies]\nmastodon = \"100 per 15m, unpaced\"", 2, "`mastodon` is"),
        ("[replies]\nmastodon = \"100 per 15m,\"", 2, "`mastodon` is"),
        ("retain = 2", 1, "`retain` is a number"),
        ("retain = \"\"", 1, "write \"2 snapshots\""),
        (
            "retain = \"all\"",
            1,
            "`retain` is \"all\": neither \"history\" nor a number of snapshots (1 to 100)",
        ),
        ("retain = \"0 snapshots\"", 1, "1 to 100"),
        ("retain = \"101 snapshots\"", 1, "1 to 100"),
        ("retain = \"2 snapshot\"", 1, "as \"2 snapshots\""),
        ("retain = \"2  snapshots\"", 1, "as \"2 snapshots\""),
        ("[limits]\nretain = \"history\"", 2, "unknown key \"retain\""),
        ("[limits]\nsnapshot_every = \"1 KiB\"", 2, "from \"1 MiB\" to \"64 GiB\""),
        ("[limits]\nbody_byte = 5", 2, "did you mean `body_bytes`?"),
        ("[limits]\nbody_bytes = 0", 2, "from \"1 KiB\" to \"1 GiB\""),
        ("[limits]\nbody_bytes = \"8 MB\"", 2, "write a size"),
        ("[limits]\nbody_bytes = \"99999999999999999999 GiB\"", 2, "write a size"),
        ("[limits]\nline_bytes = \"16 MiB\"", 2, "`line_bytes` is above `body_bytes`"),
        ("[limits]\nbody_bytes = \"64 KiB\"", 2, "`line_bytes` is above `body_bytes`"),
        ("[limits]\nsegment_bytes = \"1 MiB\"", 2, "`group_bytes` is above `segment_bytes`"),
        ("[limits]\nretry_first = \"2m\"", 2, "`retry_first` is above `retry_most`"),
        ("[limits]\nposts_in_flight = 100", 2, "`posts_per_request` is above `posts_in_flight`"),
        ("[limits]\ntick = 20", 2, "`tick` is a number"),
        ("[limits]\nattempts_most = -1", 2, "from 1 to 1000"),
    ];
    for (text, line, words) in table {
        let faults = read_with(text, &[]).map(|_| text).unwrap_err();
        assert_eq!(faults.0.len(), 1, "{text}\n{faults}");
        assert_eq!(faults.0[0].line, line, "{text}\n{faults}");
        assert!(faults.to_string().contains(words), "{text}\n{faults}");
    }
}

#[test]
fn limits_refuse_zero_where_nothing_would_work() {
    let printed = read("").print();
    let names = printed.split("[limits]\n").nth(1).unwrap().lines().filter(|line| !line.starts_with('#'));
    let names: Vec<&str> = names.filter_map(|line| line.split(" = ").next()).collect();
    assert_eq!(names.len(), 32);
    assert!(read_with("[limits]\nmemory_ahead = 0", &[]).is_ok(), "a start may do without");
    assert!(read_with("[limits]\nposts_ahead = \"0s\"", &[]).is_ok(), "clocks may agree");
    let others = names.into_iter().filter(|name| !["memory_ahead", "posts_ahead"].contains(name));
    for name in others {
        for zero in ["0", "\"0s\""] {
            assert!(read_with(&format!("[limits]\n{name} = {zero}"), &[]).is_err(), "{name} = {zero}");
        }
    }
}

#[test]
fn the_printed_configuration_reads_back_the_same() {
    let table = [
        String::new(),
        EXAMPLE.to_owned(),
        "data = \"with \\\"quotes\\\" and \\\\\"\n[http]\ntoken_file = \"t\"\n[providers]\ncards = \"sandbox:s\"\n\
         replies = \"console\"\nemail = \"smtp://mail.example\"\nemail_from = \"a@b.example\""
            .to_owned(),
        "[http]\nallowed_hosts = [\"shop.internal\", \"[fd00::1]\"]".to_owned(),
        "[http]\npublic_url = \"https://shop.example/flash/\"\nlink_key_file = \"keys/of \\\"links\\\"\"".to_owned(),
        "[limits]\nbody_bytes = 1048577\nretry_first = \"1ms\"\nsession_idle = \"1h 30m 5s 7ms\"".to_owned(),
        "retain = \"1 snapshot\"\n[limits]\nsnapshot_every = \"1 GiB\"".to_owned(),
        "secrets_key_file = \"keys/of \\\"secrets\\\"\"".to_owned(),
        "retain = \"7 snapshots\"\n[subscribers]\nhistory = \"a \\\"file\\\"\"".to_owned(),
        "egress_allow = [\"127.0.0.1:2583\", \"[fd00::1]:80\", \"pds.test:80\"]\nca_file = \"a \\\"root\\\"\"".to_owned(),
        "[replies]\nx = \"7 per 1500ms\"\nbluesky = \"unpaced\"\nmastodon = \"1 per 1s, 2 per 1m\"".to_owned(),
    ];
    for text in table {
        let config = read(&text);
        let printed = config.print();
        assert_eq!(read(&printed), config, "{printed}");
        let commented = printed.lines().filter(|line| line.contains(" = ") && !line.starts_with('#'));
        assert!(commented.count() >= 41, "{printed}");
    }
}

#[test]
fn a_file_is_read_from_its_own_directory() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("flashtag.toml");
    std::fs::write(&path, "data = \"d\"").unwrap();
    let config = read_serve(&path, []).unwrap();
    assert_eq!(config.data, directory.path().join("d"));
    let missing = read_serve(&directory.path().join("none.toml"), []).unwrap_err().to_string();
    assert!(missing.contains("none.toml: cannot be read"), "{missing}");
}

#[test]
fn stripe_takes_the_payments_of_a_test_and_of_a_live_shop() {
    let stripe = |text: &str| match read(text).providers.cards {
        Cards::Stripe(account) => account,
        Cards::Sandbox(_) => panic!("{text}"),
    };
    let bare = stripe("mode = \"live\"\n[providers]\ncards = \"stripe\"");
    assert_eq!((bare.key_file, bare.api_base), (None, None), "the key may be a credential");
    assert_eq!(bare.webhook_secret_file, None, "and so may the secret of the webhooks");
    let text = "[providers]\ncards = \"stripe\"\n[stripe]\nkey_file = \"stripe-key\"\n\
                webhook_secret_file = \"hooks\"\napi_base = \"http://127.0.0.1:8430/worlds/shop/\"";
    let test = stripe(text);
    assert_eq!(test.key_file, Some(PathBuf::from("/etc/flashtag/stripe-key")));
    assert_eq!(test.webhook_secret_file, Some(PathBuf::from("/etc/flashtag/hooks")));
    assert_eq!(test.api_base.as_deref(), Some("http://127.0.0.1:8430/worlds/shop"));
    assert_eq!((test.sca, test.sca_within), (Sca::Declined, Millis::from_secs(600)));
    let asking = format!(
        "[http]\npublic_url = \"https://shop.example\"\n{text}\nsca = \"link\"\nsca_within = \"90s\""
    );
    assert_eq!((stripe(&asking).sca, stripe(&asking).sca_within), (Sca::Link, Millis::from_secs(90)));
    assert_eq!(read(&read(&asking).print()), read(&asking));
    let printed = read(text).print();
    assert_eq!(read(&printed), read(text), "{printed}");
}
