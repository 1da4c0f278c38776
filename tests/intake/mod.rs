//! Reading of posts, links and transactions: valid lines and the faults of invalid ones.

mod arbitrary_input;
mod bad_lines;
mod commands;
mod cursors;
mod good_lines;
mod line_reader;
mod linked_accounts;
mod live;
mod prefilter;
mod redaction;
mod relayed_lines;
mod samples;
mod sandbox_authors;
mod streams;
mod transactions;

use flashtag::domain::id::{Account, Network, PostId};
use flashtag::domain::post::Post;
use flashtag::intake::format::{Decoded, Format};

/// A post with no optional fields.
fn post(network: Network, id: &str, author: &str, posted_at: &str, text: &str) -> Post {
    let id = PostId::parse(network, id).expect("the test names a post");
    let account = Account::parse(network, author).expect("the test names an account");
    Post::new(id, account, posted_at.parse().expect("the test names an instant"), text)
}

fn pointer(id: &str) -> Option<PostId> {
    Some(PostId::parse_reference(id).expect("the test names a post"))
}

fn decoded_post(format: Format, line: &str) -> Post {
    match format.decode(line.as_bytes()) {
        Ok(Decoded::Post(post)) => post,
        other => panic!("no post but {other:?}: {line}"),
    }
}

/// The fault's code, the reason for ignoring the line, or `post`.
fn verdict(format: Format, line: &[u8]) -> &'static str {
    match format.decode(line) {
        Ok(Decoded::Post(_)) => "post",
        Ok(Decoded::Ignored(reason)) => reason,
        Err(fault) => fault.code(),
    }
}

/// A line of X's stream with these fields besides its author.
fn x_line(fields: &str) -> String {
    let users = r#"{"users":[{"id":"9","username":"nobody"},{"id":"42","username":"ana"}]}"#;
    format!(r#"{{"data":{{"author_id":"42",{fields}}},"includes":{users},"matching_rules":[{{"id":"1"}}]}}"#)
}

/// A commit in version 1 of Jetstream.
fn bluesky_v1(operation: &str, collection: &str, record: &str) -> String {
    format!(
        r#"{{"did":"did:plc:ana","time_us":1796050801204137,"kind":"commit","commit":{{"rev":"r1","operation":"{operation}","collection":"{collection}","rkey":"3k2a","record":{record},"cid":"b1"}}}}"#
    )
}

/// The same commit in version 2.
fn bluesky_v2(operation: &str, collection: &str, record: &str) -> String {
    format!(
        r##"{{"$type":"message","payload":{{"$type":"network.bsky.jetstream.subscribeEvents#commit","seq":7,"did":"did:plc:ana","time":"2026-11-30T15:00:01.204137Z","rev":"r1","operation":"{operation}","collection":"{collection}","rkey":"3k2a","record":{record},"cid":"b1"}}}}"##
    )
}

/// A public Mastodon status with these fields besides its author, id and instant.
fn mastodon_status(fields: &str) -> String {
    format!(
        r#"{{"id":"1177","created_at":"2026-11-30T15:00:01.204Z","visibility":"public","account":{{"id":"1129","uri":"https://a.example/users/ana","username":"ana","acct":"ana@a.example"}},{fields}}}"#
    )
}

/// A frame of Mastodon's WebSocket.
fn mastodon_frame(event: &str, payload: &str) -> String {
    let payload = serde_json::to_string(payload).expect("a text is JSON");
    format!(r#"{{"stream":["hashtag","buypot"],"event":"{event}","payload":{payload}}}"#)
}
