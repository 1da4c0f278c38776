//! Reads the samples of the networks' own lines, if they are available. They are read, never copied.

use std::path::PathBuf;

use flashtag::intake::format::{Decoded, Format};
use flashtag::intake::lines::lines;

/// The content of a file of samples, if it exists.
fn sample(name: &str) -> Option<Vec<u8>> {
    let beside = || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/samples"));
    let directory = std::env::var_os("FLASHTAG_SAMPLES").map_or_else(beside, PathBuf::from);
    let path = directory.join(name);
    let read = std::fs::read(&path).ok();
    if read.is_none() {
        println!("NOT RUN: no sample {}; FLASHTAG_SAMPLES names the directory", path.display());
    }
    read
}

/// One description per line: the features of the post, or the reason why it is none.
fn read(format: Format, sample: &[u8]) -> Vec<String> {
    let describe = |(number, line): (usize, &[u8])| match format.decode(line) {
        Ok(Decoded::Ignored(what)) => what.to_owned(),
        Ok(Decoded::Post(post)) => {
            let marks = [
                (post.edited, "edited"),
                (post.deleted, "deleted"),
                (post.repost_of.is_some(), "repost"),
                (post.in_reply_to.is_some(), "reply"),
                (post.text.contains('&'), "ampersand"),
            ];
            let features: Vec<_> = marks.into_iter().filter_map(|(is, what)| is.then_some(what)).collect();
            let tag = post.text.split('#').nth(1).and_then(|rest| rest.split_whitespace().next());
            format!("{} {}", tag.unwrap_or("-"), features.join(" ")).trim_end().to_owned()
        }
        Err(fault) => panic!("line {number}: {fault}"),
    };
    lines(sample).map(describe).collect()
}

#[test]
fn x() {
    let Some(sample) = sample("x_filtered_stream.jsonl") else { return };
    let wanted = [
        "BuyKettle",
        "buykettle",
        "BuyKettle ampersand",
        "BuyKettle repost",
        "ConfirmKettle reply",
        "buykettle edited",
        "buykettle",
        "disconnect",
    ];
    assert_eq!(read(Format::X, &sample), wanted);
    let Ok(Decoded::Post(post)) = Format::X.decode(lines(&sample).next().unwrap().1) else {
        panic!("no post")
    };
    assert_eq!(
        (post.posted_at.to_string().as_str(), post.handle.as_str()),
        ("2026-11-30T15:00:01.204Z", "amara_t")
    );
}

#[test]
fn bluesky() {
    let posts = [
        "BuyKettle",
        "BuyKettle",
        "-",
        "ConfirmKettle reply",
        "identity",
        "account",
        "- deleted",
        "BuyKettle",
    ];
    if let Some(sample) = sample("bsky_jetstream_v1.jsonl") {
        assert_eq!(read(Format::Bluesky, &sample), posts);
    }
    if let Some(sample) = sample("bsky_jetstream_v2.jsonl") {
        let mut wanted = vec!["info"];
        wanted.extend(posts);
        wanted.push("error");
        assert_eq!(read(Format::Bluesky, &sample), wanted);
    }
}

#[test]
fn mastodon() {
    if let Some(sample) = sample("mastodon_status.json") {
        let Ok(Decoded::Post(post)) = Format::Mastodon.decode(&sample) else { panic!("no post") };
        assert_eq!(post.text, "🔥 yes please @northwind #BuyKettle");
    }
    if let Some(sample) = sample("mastodon_stream_ws.jsonl") {
        let wanted = ["BuyKettle", "BuyKettle edited ampersand", "notification", "delete", "error"];
        assert_eq!(read(Format::Mastodon, &sample), wanted);
    }
    if let Some(sample) = sample("mastodon_stream_sse.txt") {
        let mut posts = read(Format::Mastodon, &sample);
        posts.retain(|post| !["heartbeat", "event field"].contains(&post.as_str()));
        let wanted = [
            "BuyKettle",
            "BuyKettle ampersand",
            "BuyKettle edited ampersand",
            "ConfirmKettle reply",
            "delete",
        ];
        assert_eq!(posts, wanted);
    }
}
