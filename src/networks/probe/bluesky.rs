//! What an account at Bluesky has: the label that says that a program posts.

use compact_str::format_compact;
use serde::Deserialize;

use super::note::Note;
use crate::config::serve::NetworkAccount;
use crate::net::{Answer, Http, Request};
use crate::networks::bluesky::{AtUri, get_record};
use crate::networks::entry::Entry;

/// The collection of an account's profile, and its only record.
const PROFILE: (&str, &str) = ("app.bsky.actor.profile", "self");

/// The label of programs.
const BOT: &str = "bot";

#[derive(Deserialize)]
struct Found {
    value: Profile,
}

#[derive(Deserialize)]
struct Profile {
    #[serde(default)]
    labels: Labels,
}

#[derive(Deserialize, Default)]
struct Labels {
    #[serde(default)]
    values: Vec<Label>,
}

#[derive(Deserialize)]
struct Label {
    val: String,
}

pub(super) fn probe(entry: &Entry, configured: &NetworkAccount) -> Vec<Note> {
    let (collection, key) = PROFILE;
    let profile = AtUri::new(&entry.account.account.author.to_string(), collection, key);
    profile.iter().map(|profile| label(entry, &get_record(&configured.host, profile))).collect()
}

fn label(entry: &Entry, request: &Request) -> Note {
    match entry.signed.exchange(request) {
        Ok(answer) if has_label(&answer) => Note::good("the profile bears the label `bot`"),
        // An account without a profile has no such record.
        Ok(answer) if answer.is_success() || matches!(answer.status, 400 | 404) => Note::advice(
            "the profile does not bear the label `bot`, which Bluesky asks of programs; each post of the shop bears it",
        ),
        Ok(answer) => Note::advice(format_compact!("the profile is not shown: status {}", answer.status)),
        Err(why) => Note::advice(format_compact!("the profile is not shown: {why}")),
    }
}

fn has_label(answer: &Answer) -> bool {
    let found = answer.json::<Found>();
    answer.is_success()
        && found.is_ok_and(|found| found.value.labels.values.iter().any(|label| label.val == BOT))
}
