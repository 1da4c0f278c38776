//! Posts and links of sandbox accounts: a network tells of none, and who runs a shop hands them in where its mode says so.

use flashtag::domain::id::{Authors, IdFault, Network};
use flashtag::intake::accounts::decode_link;
use flashtag::intake::format::{Decoded, Fault, Format};

use super::{bluesky_v1, bluesky_v2, decoded_post, mastodon_frame, mastodon_status, x_line};

/// Lines of every shape in which a source names an author, each with the author's id that stands in it.
fn lines() -> Vec<(Format, Network, String, &'static str)> {
    const POST: &str = r##"{"text":"#BuyPot"}"##;
    const COLLECTION: &str = "app.bsky.feed.post";
    const X: &str = r##""id":"1","created_at":"2026-01-01T00:00:00Z","text":"#BuyPot""##;
    const URI: &str = "https://a.example/users/ana";
    let event =
        |kind: &str| format!(r#"{{"data":{{"event_type":"{kind}","payload":{{"author_id":"42",{X}}}}}}}"#);
    let own = |network: Network, id: &str, more: &str| {
        format!(
            r##"{{"network":"{network}","id":"1","author":{{"id":"{id}"}},"posted_at":"2026-01-01T00:00:00Z","text":"#BuyPot"{more}}}"##
        )
    };
    let toot = mastodon_status(r#""content":"<p>#BuyPot</p>""#);
    let older = toot.replace(&format!(r#""uri":"{URI}","#), "");
    let older = format!(r#"{},"uri":"{URI}/statuses/1"}}"#, older.trim_end_matches('}'));
    vec![
        (Format::Flashtag, Network::X, own(Network::X, "42", ""), "42"),
        (Format::Flashtag, Network::X, own(Network::X, "42", r#","deleted":true"#), "42"),
        (Format::Flashtag, Network::Bluesky, own(Network::Bluesky, "did:plc:ana", ""), "did:plc:ana"),
        (Format::Flashtag, Network::Mastodon, own(Network::Mastodon, URI, ""), URI),
        (Format::Flashtag, Network::Mastodon, own(Network::Mastodon, "109", ""), "109"),
        (Format::X, Network::X, x_line(X), r#""author_id":"42""#),
        (Format::X, Network::X, event("post.create"), "42"),
        (Format::X, Network::X, event("post.mention.create"), "42"),
        (Format::X, Network::X, event("post.delete"), "42"),
        (Format::Bluesky, Network::Bluesky, bluesky_v1("create", COLLECTION, POST), "did:plc:ana"),
        (Format::Bluesky, Network::Bluesky, bluesky_v1("delete", COLLECTION, "null"), "did:plc:ana"),
        (Format::Bluesky, Network::Bluesky, bluesky_v2("update", COLLECTION, POST), "did:plc:ana"),
        (Format::Mastodon, Network::Mastodon, mastodon_frame("update", &toot), URI),
        (Format::Mastodon, Network::Mastodon, format!("data: {toot}"), URI),
        (Format::Mastodon, Network::Mastodon, toot, URI),
        (Format::Mastodon, Network::Mastodon, older, URI),
    ]
}

/// The line with another author.
fn by(line: &str, written: &str, author: &str) -> String {
    let other =
        if written.contains("author_id") { format!(r#""author_id":"{author}""#) } else { author.to_owned() };
    let changed = line.replace(written, &other);
    assert_ne!(changed, line, "{written}");
    changed
}

#[test]
fn no_source_tells_of_a_sandbox_account_and_only_a_test_takes_its_posts() {
    for (format, network, line, written) in lines() {
        assert!(matches!(format.decode(line.as_bytes()), Ok(Decoded::Post(_))), "{line}");
        for name in ["sandbox:ana", "sandbox:42", "sandbox:Ana", "sandbox:", "sandbox:did:plc:ana"] {
            let line = by(&line, written, name);
            for told in [format.decode_live(line.as_bytes()), format.decode(line.as_bytes())] {
                let fault = told.expect_err(&line);
                let Fault::BadId { fault: why, .. } = fault else { panic!("{line}: {fault:?}") };
                assert!([IdFault::SandboxAccount, IdFault::SandboxName].contains(&why), "{line}: {why:?}");
                assert_eq!(fault.code(), "bad_id");
            }
            let handed_in = format.decode_handed_in(line.as_bytes(), Authors::OfNetworksOrSandbox);
            match handed_in {
                Ok(Decoded::Post(post)) => {
                    assert!(post.account.is_sandbox(), "{line}");
                    assert_eq!(post.account.to_string(), format!("{network}:{name}"));
                }
                other => {
                    assert!(!["sandbox:ana", "sandbox:42"].contains(&name), "{line}: {other:?}");
                    assert_eq!(other.map_err(|fault| fault.code()), Err("bad_id"), "{line}");
                }
            }
        }
    }
}

/// Accepting sandbox accounts changes nothing about the ids of a network.
#[test]
fn a_networks_author_reads_the_same_in_a_test() {
    for (format, _, line, _) in lines() {
        let handed_in = format.decode_handed_in(line.as_bytes(), Authors::OfNetworksOrSandbox);
        assert_eq!(handed_in, Ok(Decoded::Post(decoded_post(format, &line))), "{line}");
    }
}

#[test]
fn a_card_is_linked_to_a_sandbox_account_in_a_test_alone() {
    let line = |network: Network, author: &str| {
        format!(
            r#"{{"network":"{network}","author_id":"{author}","card":{{"token":"tok_1","brand":"visa","funding":"credit","last4":"4242"}},"email":"ana@example.com","region":"US-NY"}}"#
        )
    };
    for network in Network::ALL {
        let line = line(network, "sandbox:ana");
        let linked = decode_link(line.as_bytes(), Authors::OfNetworksOrSandbox).unwrap();
        assert_eq!(linked.account.to_string(), format!("{network}:sandbox:ana"));
        let fault = decode_link(line.as_bytes(), Authors::OfNetworks).unwrap_err();
        assert!(fault.to_string().contains("only in mode test"), "{fault}");
    }
}
