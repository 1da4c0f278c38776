//! Stores links between accounts and cards. Links from the accounts file are read at each start. Links that
//! are made while the engine runs have their own journal, and take precedence.

use std::path::Path;
use std::sync::{Arc, Mutex};

use tokio::sync::oneshot;

use crate::control::link_registry::Links;
use crate::domain::link::LinkedAccount;
use crate::journal::{
    Appender, Commit, Disk, Entry, Error, FileStore, LogStore, Options, RecordFault, exit_on_failure,
};

/// The partition number in the segments of the links' journal; no partition has it.
const LINKS: u32 = u32::MAX;

/// Upper bound on links that wait for the journal.
const QUEUE: usize = 1024;

type Release = Box<dyn FnOnce() + Send>;

/// The journal of links, and the next sequence in it.
struct Book {
    next_sequence: u64,
    /// None after `close`.
    journal: Option<Appender<Release>>,
}

/// The registry of links, and the journal that makes changes to it durable.
pub struct LinkStore {
    links: Arc<Links>,
    book: Mutex<Book>,
    accounts_most: usize,
}

/// Why a link was not made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotLinked {
    /// The journal's queue is full, or closed.
    #[error("too many links wait to be made durable; try again")]
    Busy,
    /// The engine already has `accounts_most` linked accounts.
    #[error("as many accounts are linked as limits.accounts_most allows")]
    Full,
}

impl LinkStore {
    /// Recovers the links from their journal in `directory`. They replace those in `links`.
    pub(crate) fn recover(
        disk: Arc<dyn Disk>,
        directory: &Path,
        links: Arc<Links>,
        accounts_most: usize,
    ) -> Result<(Self, Commit), Error> {
        let options = Options { segment_bytes: 4 << 20, ..Options::default() };
        let store = FileStore::new(disk, directory, LINKS);
        let opened = store.open(options, &mut |_, payload| {
            let read = postcard::from_bytes(payload);
            let LinkedAccount { account, link } =
                read.map_err(|fault| RecordFault::Meaning(fault.to_string()))?;
            links.insert(account, link);
            Ok(())
        })?;
        let tail = |release: Release| release();
        let started = Commit::start(opened.log, QUEUE, tail, Box::new(exit_on_failure));
        let (journal, commit) = started.map_err(|source| Error::Io {
            action: "start the journal's thread for",
            file: directory.to_owned(),
            source,
        })?;
        let book = Mutex::new(Book { next_sequence: opened.last_sequence + 1, journal: Some(journal) });
        Ok((Self { links, book, accounts_most }, commit))
    }

    /// Accepts no more links. The journal's thread finishes the links in its queue and ends.
    pub(crate) fn close(&self) {
        self.book.lock().expect("no panic is survived").journal = None;
    }

    /// Links an account; when this returns, the link is durable and posts see it.
    pub(crate) async fn link(&self, linked: LinkedAccount) -> Result<(), NotLinked> {
        let known = self.links.get(&linked.account).map(|known| known.clone());
        match known {
            Some(known) if known == linked.link => return Ok(()),
            None if self.links.len() >= self.accounts_most => return Err(NotLinked::Full),
            _ => {}
        }
        let (done, durable) = oneshot::channel();
        let payload = postcard::to_stdvec(&linked).expect("links have a stored form");
        let links = Arc::clone(&self.links);
        let release: Release = Box::new(move || {
            links.insert(linked.account, linked.link);
            // The caller may have disconnected; the link stays.
            done.send(()).ok();
        });
        {
            let mut book = self.book.lock().expect("no panic is survived");
            let journal = book.journal.as_ref().ok_or(NotLinked::Busy)?;
            let mut batch = journal.batch(book.next_sequence);
            batch.push(&payload);
            journal.try_send(Entry { batch, release }).map_err(|_| NotLinked::Busy)?;
            book.next_sequence += 1;
        }
        durable.await.map_err(|_| NotLinked::Busy)
    }
}
