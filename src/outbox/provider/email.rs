//! Letters as internet messages, and a Maildir to put them in.

use std::fs::{self, File};
use std::future::ready;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use futures_util::FutureExt;
use futures_util::future::LocalBoxFuture;
use lettre::Message;
use lettre::message::header::{HeaderName, HeaderValue};
use lettre::message::{Mailbox, MultiPart, SinglePart};
use sha2::{Digest, Sha256};

use super::group_sync::GroupSync;
use super::{Delivery, Provider};
use crate::domain::effect::Effect;
use crate::domain::time::Timestamp;
use crate::journal::{Disk, FileDisk};
use crate::outbox::attempt::{Attempt, Attempted};
use crate::words::{Letter, Words};

/// The domain of message ids, unless the shop has one: no mail can ever come from it.
pub const DEFAULT_DOMAIN: &str = "flashtag.invalid";

/// In whose name letters are written.
#[derive(Debug, Clone)]
pub struct Sender {
    from: Mailbox,
    domain: String,
    words: Arc<Words>,
}

/// The text names no sender.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// Not an address.
    #[error("the sender is not an address, as \"Shop <orders@shop.example>\"")]
    From,
    /// Not a domain.
    #[error("the domain of message ids holds something else than letters, digits, dots and dashes")]
    Domain,
}

impl Sender {
    /// A sender by address, the domain of its message ids, and its words.
    ///
    /// # Errors
    /// When one of them is none.
    pub fn new(from: &str, domain: &str, words: Arc<Words>) -> Result<Self, Error> {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'.' || byte == b'-';
        if domain.is_empty() || !domain.bytes().all(plain) {
            return Err(Error::Domain);
        }
        let from = from.parse().map_err(|_| Error::From)?;
        Ok(Self { from, domain: domain.to_owned(), words })
    }

    /// The message of a delivery: the same bytes whenever it is sent. Its id comes from the key, so that
    /// a reader's mail program can tell a repetition; mail itself has no idempotency.
    ///
    /// # Errors
    /// What makes it impossible, for good.
    pub fn message(&self, delivery: &Delivery) -> Result<Message, Attempted> {
        let Delivery { attempt, offering, .. } = delivery;
        let Effect::Email { to, notice } = &attempt.effect else {
            return Err(Attempted::impossible("not an e-mail"));
        };
        let to: Mailbox = to.parse().map_err(|_| Attempted::impossible("the address is none"))?;
        let Letter { subject, text, html } = self.words.letter(notice, offering, attempt.recorded_at);
        let boundary = self.boundary(attempt, &text, &html);
        let automatic = HeaderName::new_from_ascii_str("Auto-Submitted");
        Message::builder()
            .from(self.from.clone())
            .to(to)
            .subject(subject)
            .date(system_time(attempt.recorded_at))
            .message_id(Some(self.message_id(attempt)))
            .raw_header(HeaderValue::new(automatic, "auto-generated".to_owned()))
            .multipart(
                MultiPart::alternative()
                    .boundary(boundary)
                    .singlepart(SinglePart::plain(text))
                    .singlepart(SinglePart::html(html)),
            )
            .map_err(Attempted::impossible)
    }

    /// What stands between the parts: the same whenever the letter is sent, and in no part of it, for
    /// nothing holds its own hash.
    fn boundary(&self, attempt: &Attempt, text: &str, html: &str) -> String {
        let hash = Sha256::new().chain_update(self.message_id(attempt)).chain_update(text).chain_update(html);
        let digits = hash.finalize().iter().take(16).map(|byte| format!("{byte:02x}")).collect::<String>();
        format!("flashtag-{digits}")
    }

    fn message_id(&self, attempt: &Attempt) -> String {
        format!("<{}@{}>", attempt.key.dotted(), self.domain)
    }
}

fn system_time(at: Timestamp) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_millis(at.ms().unsigned_abs())
}

/// Puts letters into a Maildir. A letter counts as delivered once its name is on the disk as well as its
/// content.
#[derive(Debug)]
pub struct Maildir {
    path: PathBuf,
    sender: Sender,
    /// Of the directory that has the names.
    names: Rc<GroupSync>,
}

impl Maildir {
    /// Opens or makes the directory with its three parts.
    ///
    /// # Errors
    /// When they cannot be made.
    pub fn open(path: &Path, sender: Sender) -> io::Result<Self> {
        for part in ["tmp", "new", "cur"] {
            FileDisk.create_dir(&path.join(part))?;
        }
        let names = GroupSync::new(File::open(path.join("new"))?);
        Ok(Self { path: path.to_owned(), sender, names })
    }

    /// The name of a letter comes from its key: what is delivered again takes the place of the first,
    /// until a reader has moved that.
    fn put(path: &Path, name: &str, message: &[u8]) -> io::Result<()> {
        let draft = path.join("tmp").join(name);
        let mut file = File::create(&draft)?;
        file.write_all(message)?;
        file.sync_data()?;
        fs::rename(&draft, path.join("new").join(name))
    }
}

impl Provider for Maildir {
    fn deliver<'a>(&'a self, delivery: &'a Delivery) -> LocalBoxFuture<'a, Attempted> {
        let message = match self.sender.message(delivery) {
            Ok(message) => message.formatted(),
            Err(failed) => return ready(failed).boxed_local(),
        };
        let (path, names) = (self.path.clone(), Rc::clone(&self.names));
        let name = format!("{}.flashtag", delivery.attempt.key.dotted());
        async move {
            // The disk takes its time; the thread of the outbox has other things to do meanwhile.
            let put = tokio::task::spawn_blocking(move || Self::put(&path, &name, &message)).await;
            match put {
                Ok(Ok(())) => {}
                Ok(Err(error)) => return Attempted::failed(error),
                Err(ended) => return Attempted::failed(ended),
            }
            match names.sync().await {
                Ok(()) => delivery.attempt.delivered(delivery.at),
                Err(error) => Attempted::impossible(error),
            }
        }
        .boxed_local()
    }
}
