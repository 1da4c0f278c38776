//! Replies and announcements into a file or onto the console, for networks that are not connected.

use std::cell::RefCell;
use std::future::ready;
use std::io::{self, Write};
use std::path::Path;

use futures_util::FutureExt;
use futures_util::future::LocalBoxFuture;
use serde::Serialize;

use super::keyed_file::OnceFile;
use super::{Delivery, Provider};
use crate::domain::effect::Effect;
use crate::domain::id::{Network, PostId};
use crate::domain::time::Timestamp;
use crate::outbox::attempt::Attempted;
use crate::outbox::text;

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
    pub text: &'a str,
    /// When.
    #[serde(serialize_with = "text::serialize")]
    pub at: Timestamp,
}

/// Says what is to be said, in a file or on the console.
#[derive(Debug)]
pub struct Replies(RefCell<Outlet>);

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
    pub fn file(path: &Path) -> io::Result<Self> {
        Ok(Self(RefCell::new(Outlet::File(OnceFile::open(path, false)?))))
    }

    /// Writes to the standard output.
    #[must_use]
    pub fn console() -> Self {
        Self(RefCell::new(Outlet::Console))
    }

    fn say(&self, delivery: &Delivery) -> Attempted {
        let Delivery { attempt, at, .. } = delivery;
        let (network, in_reply_to) = match &attempt.effect {
            Effect::Reply(notice) => (notice.account.network, Some(&notice.post)),
            Effect::Announce { network, .. } => (*network, None),
            _ => return Attempted::impossible("not a reply"),
        };
        let Some(text) = attempt.text.as_deref() else {
            return Attempted::impossible("there are no words for it");
        };
        let line = ReplyLine { key: attempt.key.to_string(), network, in_reply_to, text, at: *at };
        let written = match &mut *self.0.borrow_mut() {
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
