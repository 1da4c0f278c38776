//! What an account at Mastodon has: the scopes of its token, its label, and what its server lets it read.

use compact_str::{CompactString, format_compact};
use serde::Deserialize;

use super::note::Note;
use crate::config::serve::{NetworkAccount, Reading};
use crate::net::{Answer, Http, Request};
use crate::networks::entry::Entry;
use crate::networks::mastodon::{Instance, OwnAccount, Server};

/// What the shop does, by the scope that it needs.
const SCOPES: [&str; 3] = ["read:notifications", "read:statuses", "write:statuses"];

/// What a server says of the application that has the token; servers before 4.3 leave the scopes out.
#[derive(Deserialize)]
struct Application {
    #[serde(default)]
    scopes: Vec<CompactString>,
}

pub(super) fn probe(entry: &Entry, configured: &NetworkAccount, own: &Answer) -> Vec<Note> {
    let Ok(server) = Server::parse(&configured.host) else { return Vec::new() };
    let own = OwnAccount::read(own).ok();
    let mut notes: Vec<Note> = own.iter().map(label).collect();
    notes.extend(scopes(entry, &server, own.as_ref()));
    notes.extend(instance(entry, &server, configured));
    notes
}

fn label(own: &OwnAccount) -> Note {
    own.advice().map_or_else(|| Note::good("the account is marked as automated"), Note::missing)
}

fn scopes(entry: &Entry, server: &Server, own: Option<&OwnAccount>) -> Vec<Note> {
    let request = Request::get(server.at("/api/v1/apps/verify_credentials")).signed();
    let answer = entry.signed.exchange(&request).ok().filter(Answer::is_success);
    let granted = answer.and_then(|answer| answer.json::<Application>().ok()).map(|app| app.scopes);
    match granted.filter(|granted| !granted.is_empty()) {
        Some(granted) => SCOPES.iter().map(|scope| of_scope(scope, includes(&granted, scope))).collect(),
        None => by_trial(entry, server, own),
    }
}

fn of_scope(scope: &str, is_granted: bool) -> Note {
    if is_granted {
        Note::good(format_compact!("scope {scope}"))
    } else {
        Note::missing(format_compact!(
            "the token has no scope {scope}: give it to the application under Preferences, Development, and put the new \
             token into its file"
        ))
    }
}

/// Whether a scope was granted by its name, or with its whole kind, such as `write`.
fn includes(granted: &[CompactString], scope: &str) -> bool {
    let kind = scope.split(':').next().unwrap_or(scope);
    granted.iter().any(|known| known == scope || known == kind)
}

/// A server that does not tell the scopes shows those that let read; nothing is written to find out the last one.
fn by_trial(entry: &Entry, server: &Server, own: Option<&OwnAccount>) -> Vec<Note> {
    let statuses = own.map(|own| format!("/api/v1/accounts/{}/statuses?limit=1", own.id));
    let paths = [
        ("read:notifications", Some("/api/v1/notifications?limit=1".to_owned())),
        ("read:statuses", statuses),
    ];
    let tried = paths.into_iter().filter_map(|(scope, path)| {
        let answer = entry.signed.exchange(&Request::get(server.at(&path?)).signed()).ok()?;
        Some(of_scope(scope, answer.status != 403))
    });
    let unknown = Note::advice("the server does not tell whether the token has the scope write:statuses");
    tried.chain([unknown]).collect()
}

/// What the server says of itself, as far as the shop's reading needs it.
fn instance(entry: &Entry, server: &Server, configured: &NetworkAccount) -> Vec<Note> {
    let asked = |request: Request| entry.signed.exchange(&request).ok().filter(Answer::is_success);
    let answer = asked(Instance::request(server)).or_else(|| asked(Instance::older(server)));
    let Some(instance) = answer.and_then(|answer| Instance::read(&answer).ok()) else {
        return vec![Note::advice("the server does not describe itself")];
    };
    let by_tags = matches!(configured.read, Reading::Hashtags(_));
    if by_tags && !instance.has_hashtags() {
        let what = "posts of a hashtag cannot be read at this server: write read = \"notifications\", and ask buyers to \
                    mention the shop";
        return vec![Note::missing(what)];
    }
    let mut notes: Vec<Note> = instance.advice(by_tags).into_iter().map(Note::advice).collect();
    if by_tags {
        notes.push(Note::good("posts of a hashtag can be read"));
    }
    notes
}
