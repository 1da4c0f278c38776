//! Replies and announcements into a file or onto the console, for networks that are not connected.

use std::cell::RefCell;
use std::future::ready;
use std::io::{self, Write};
use std::path::Path;
use std::sync::Arc;

use futures_util::FutureExt;
use futures_util::future::LocalBoxFuture;
use serde::Serialize;

use super::attempt::Attempted;
use super::once::OnceFile;
use super::provider::{Delivery, Provider};
use super::text;
use super::words::Words;
use crate::domain::announcement::announce;
use crate::domain::effect::Effect;
use crate::domain::id::{Network, PostId};
use crate::domain::time::Timestamp;

/// One reply. Its own id is its key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ReplyLine<'a> {
    /// The key under which it left.
    pub key: String,
    /// Where it is said.
    pub network: Network,
    /// The post that it answers; none for an announcement.
    pub in_reply_to: Option<&'a PostId>,
    /// The words.
    pub text: String,
    /// When.
    #[serde(serialize_with = "text::serialize")]
    pub at: Timestamp,
}

/// Says what is to be said, in a file or on the console.
#[derive(Debug)]
pub struct Replies {
    outlet: RefCell<Outlet>,
    words: Arc<Words>,
}

#[derive(Debug)]
enum Outlet {
    File(OnceFile),
    Console,
}

impl Replies {
    /// Appends to that file, one line for each reply, and none twice for a key that is in it. A line is
    /// not synced to the disk: what a power loss takes from a stand-in for a network is no promise.
    ///
    /// # Errors
    /// When the file cannot be opened.
    pub fn file(path: &Path, words: Arc<Words>) -> io::Result<Self> {
        let outlet = RefCell::new(Outlet::File(OnceFile::open(path, false)?));
        Ok(Self { outlet, words })
    }

    /// Writes to the standard output.
    #[must_use]
    pub fn console(words: Arc<Words>) -> Self {
        Self { outlet: RefCell::new(Outlet::Console), words }
    }

    fn say(&self, delivery: &Delivery) -> Attempted {
        let Delivery { attempt, terms, at } = delivery;
        let (network, in_reply_to, text) = match &attempt.effect {
            Effect::Reply(notice) => {
                let text = self.words.reply(notice, &**terms, attempt.recorded_at);
                (notice.account.network, Some(&notice.post), text)
            }
            Effect::Announce { network, news, .. } => (*network, None, announce(terms, *network, *news)),
            _ => return Attempted::impossible("not a reply"),
        };
        let Some(text) = text else { return Attempted::impossible("there are no words for it") };
        let line = ReplyLine { key: attempt.key.to_string(), network, in_reply_to, text, at: *at };
        let written = match &mut *self.outlet.borrow_mut() {
            Outlet::File(file) => file.append(&attempt.key, &line),
            Outlet::Console => print(&line),
        };
        written.map_or_else(Attempted::failed, |()| attempt.delivered(*at))
    }
}

fn print(line: &ReplyLine<'_>) -> io::Result<()> {
    let mut text = serde_json::to_vec(line)?;
    text.push(b'\n');
    io::stdout().lock().write_all(&text)
}

impl Provider for Replies {
    fn deliver<'a>(&'a self, delivery: &'a Delivery) -> LocalBoxFuture<'a, Attempted> {
        ready(self.say(delivery)).boxed_local()
    }
}
