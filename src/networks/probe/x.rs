//! What an account at X has: the scopes that its owner allowed, and the streams.

use compact_str::format_compact;

use super::note::Note;
use crate::config::serve::{NetworkAccount, Reading};
use crate::net::{Answer, Http, Request, Unanswered};
use crate::networks::entry::Entry;
use crate::networks::x::{Api, Problem, SCOPES};

pub(super) fn probe(entry: &Entry, configured: &NetworkAccount) -> Vec<Note> {
    let mut notes = scopes(entry);
    notes.extend(streams(entry, configured));
    notes.push(Note::advice(
        "X tells nobody whether an account bears the label \"Automated\": set it by hand, and name who runs the account in \
         its profile",
    ));
    notes
}

/// The scopes that were allowed, as X said with the tokens.
fn scopes(entry: &Entry) -> Vec<Note> {
    let name = &entry.account.name;
    match entry.granted() {
        None => vec![Note::advice("which scopes were allowed is known after the next renewal of the token")],
        Some(granted) => {
            let has = |scope: &str| granted.split_whitespace().any(|known| known == scope);
            let missing: Vec<&str> = SCOPES.split(' ').filter(|scope| !has(scope)).collect();
            if missing.is_empty() {
                return vec![Note::good(format_compact!("scopes {SCOPES}"))];
            }
            let each = missing.iter().map(|scope| {
                Note::missing(format_compact!(
                    "the scope {scope} was not allowed; give it to the app, then `flashtag network connect {name}`"
                ))
            });
            each.collect()
        }
    }
}

/// Whether X opens the stream.
fn streams(entry: &Entry, configured: &NetworkAccount) -> Option<Note> {
    let path = match configured.read {
        Reading::Filtered => "/2/tweets/search/stream/rules",
        Reading::Activity => "/2/activity/subscriptions",
        _ => return None,
    };
    let request = Request::get(Api::new(&configured.host).at(path)).signed();
    let Some(app) = &entry.app else {
        return Some(match configured.read {
            Reading::Filtered => {
                Note::missing("read = \"filtered\" needs the app-only token: name it as `token_file`")
            }
            _ => by_account(entry.signed.exchange(&request)),
        });
    };
    Some(match app.exchange(&request) {
        Ok(answer) if answer.is_success() => Note::good("X accepts the app-only token for its stream"),
        Ok(answer) => {
            let why = Problem::of(&answer).words(answer.status);
            Note::missing(format_compact!("X does not open its stream to the app-only token: {why}"))
        }
        Err(why) => Note::missing(format_compact!("the app-only token: {why}")),
    })
}

/// Without an app-only token X may keep its stream closed, and mentions are asked for instead.
fn by_account(answer: Result<Answer, Unanswered>) -> Note {
    match answer {
        Ok(answer) if answer.is_success() => Note::good("X opens its stream to the account"),
        Ok(answer) if matches!(answer.status, 400 | 403 | 404) => Note::advice(
            "X opens its stream to no account's token: mentions are asked for every few seconds; a `token_file` with the \
             app-only token opens it",
        ),
        Ok(answer) => {
            Note::missing(format_compact!("the stream: {}", Problem::of(&answer).words(answer.status)))
        }
        Err(why) => Note::missing(format_compact!("the stream: {why}")),
    }
}
