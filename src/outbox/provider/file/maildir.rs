//! A Maildir as the provider of letters.

use std::fs::{self, File};
use std::future::ready;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::rc::Rc;

use futures_util::FutureExt;
use futures_util::future::LocalBoxFuture;

use super::group_sync::GroupSync;
use crate::journal::{Disk, FileDisk, private};
use crate::outbox::attempt::AttemptResult;
use crate::outbox::provider::letter::Sender;
use crate::outbox::provider::{Delivery, Provider};
use crate::outbox::resend_safety::ResendSafety;

/// Writes letters into a Maildir. A letter counts as delivered once both its content and its name are
/// durable.
#[derive(Debug)]
pub struct Maildir {
    path: PathBuf,
    sender: Sender,
    /// Syncs the directory that holds the letters' names.
    names: Rc<GroupSync>,
}

impl Maildir {
    /// Opens or creates the directory with its three subdirectories.
    ///
    /// # Errors
    /// When they cannot be created.
    pub fn open(path: &Path, sender: Sender) -> io::Result<Self> {
        for part in ["tmp", "new", "cur"] {
            FileDisk.create_dir(&path.join(part))?;
        }
        let names = GroupSync::new(File::open(path.join("new"))?);
        Ok(Self { path: path.to_owned(), sender, names })
    }

    /// Writes a letter under a name that is derived from its key: a second delivery replaces the first one,
    /// unless a mail reader has moved that.
    pub(in crate::outbox::provider) fn put(path: &Path, name: &str, message: &[u8]) -> io::Result<()> {
        let draft = path.join("tmp").join(name);
        let mut file = private::create(&draft)?;
        file.write_all(message)?;
        file.sync_data()?;
        fs::rename(&draft, path.join("new").join(name))
    }
}

impl Provider for Maildir {
    /// A letter that a mail reader has moved is not replaced: its copy appears beside it.
    fn resend_safety(&self) -> ResendSafety {
        ResendSafety::NONE
    }

    fn deliver<'a>(&'a self, delivery: &'a Delivery) -> LocalBoxFuture<'a, AttemptResult> {
        let message = match self.sender.message(delivery) {
            Ok(message) => message.formatted(),
            Err(failed) => return ready(failed).boxed_local(),
        };
        let (path, names) = (self.path.clone(), Rc::clone(&self.names));
        let name = format!("{}.flashtag", delivery.attempt.key.dotted());
        async move {
            // Writing blocks, so it runs off the outbox's thread.
            let put = tokio::task::spawn_blocking(move || Self::put(&path, &name, &message)).await;
            match put {
                Ok(Ok(())) => {}
                Ok(Err(error)) => return AttemptResult::failed(error),
                Err(ended) => return AttemptResult::failed(ended),
            }
            match names.sync().await {
                Ok(()) => delivery.attempt.delivered(delivery.at),
                Err(error) => AttemptResult::impossible(error),
            }
        }
        .boxed_local()
    }
}
