//! Replies and announcements in a file or on the console, for networks that are not connected.

use std::cell::RefCell;
use std::future::ready;
use std::io::{self, Write};
use std::path::Path;

use futures_util::FutureExt;
use futures_util::future::LocalBoxFuture;
use serde::Serialize;

use super::keyed_file::KeyedFile;
use crate::domain::effect::Effect;
use crate::domain::id::{Network, PostId};
use crate::domain::time::Timestamp;
use crate::outbox::attempt::AttemptResult;
use crate::outbox::provider::{Delivery, Provider};
use crate::outbox::resend_safety::ResendSafety;
use crate::outbox::text;

/// One reply or announcement. Its key serves as its id on the network.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ReplyLine<'a> {
    /// The idempotency key.
    pub key: String,
    /// The network on which it would be posted.
    pub network: Network,
    /// The post that it answers; `None` for an announcement.
    pub in_reply_to: Option<&'a PostId>,
    /// The text as it was sent.
    pub text: &'a str,
    /// Time of delivery.
    #[serde(serialize_with = "text::serialize")]
    pub at: Timestamp,
}

/// Writes replies and announcements into a file or onto the console.
#[derive(Debug)]
pub struct Replies(RefCell<Outlet>);

#[derive(Debug)]
enum Outlet {
    File(KeyedFile),
    Console,
}

impl Replies {
    /// Appends to that file, one line for each reply and at most one for each key. Lines are not synced to
    /// the disk: the file replaces a network, and losing its last lines to a power cut breaks no promise.
    ///
    /// # Errors
    /// When the file cannot be opened.
    pub fn file(path: &Path) -> io::Result<Self> {
        Ok(Self(RefCell::new(Outlet::File(KeyedFile::open(path, false)?))))
    }

    /// Writes to the standard output.
    #[must_use]
    pub fn console() -> Self {
        Self(RefCell::new(Outlet::Console))
    }

    fn write(&self, delivery: &Delivery) -> AttemptResult {
        let Delivery { attempt, at, .. } = delivery;
        let (network, in_reply_to) = match &attempt.effect {
            Effect::Reply(request) => (request.account.network, Some(&request.post)),
            Effect::Announce { network, .. } => (*network, None),
            _ => return AttemptResult::impossible("not a reply"),
        };
        let Some(text) = attempt.text.as_deref() else {
            return AttemptResult::impossible("there are no words for it");
        };
        let line = ReplyLine { key: attempt.key.to_string(), network, in_reply_to, text, at: *at };
        let written = match &mut *self.0.borrow_mut() {
            Outlet::File(file) => file.append(&attempt.key, &line),
            Outlet::Console => print(&line),
        };
        written.map_or_else(AttemptResult::failed, |()| attempt.delivered(*at))
    }
}

fn print(line: &ReplyLine<'_>) -> io::Result<()> {
    let mut text = serde_json::to_vec(line)?;
    text.push(b'\n');
    io::stdout().lock().write_all(&text)
}

impl Provider for Replies {
    fn resend_safety(&self) -> ResendSafety {
        match &*self.0.borrow() {
            Outlet::File(_) => ResendSafety::KEY_FOR_EVER,
            Outlet::Console => ResendSafety::NONE,
        }
    }

    fn deliver<'a>(&'a self, delivery: &'a Delivery) -> LocalBoxFuture<'a, AttemptResult> {
        ready(self.write(delivery)).boxed_local()
    }
}
