//! Letters to owners of accounts about the accounts themselves, which are no effects of a sale.
//!
//! They leave by a thread of their own, in the order in which they were handed in. What fails is tried again for some minutes;
//! a stop loses what waits, and its owner asks for another one.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::{fs, io};

use super::file::maildir::Maildir;
use super::letter::Sender;
use super::smtp::envelope::Envelope;
use super::smtp::meaning::meaning;
use super::smtp::relay::Relay;
use crate::clock::Clock;
use crate::domain::time::{Millis, Timestamp};
use crate::linking::{OwnerMail, Postbox};
use crate::ops::{OpsDatabase, OpsError, SuppressionReason};
use crate::outbox::attempt::AttemptResult;
use crate::telemetry::owner_letters;

/// Letters that may wait for the thread, and as many for another attempt.
const WAITING_MAX: usize = 100;

/// How long a letter waits before each attempt but the first.
const WAITS: [Millis; 4] =
    [Millis::from_secs(5), Millis::from_secs(30), Millis::from_secs(120), Millis::from_secs(600)];

/// Carries letters, one at a time. Waits for other machines.
pub trait Carrier: Send {
    /// Carries a letter; `None` if it is taken.
    fn carry(&self, mail: &OwnerMail) -> Option<AttemptResult>;
}

/// Carries letters to a mail server.
pub struct ByRelay {
    relay: Relay,
    sender: Sender,
}

impl ByRelay {
    /// Carries what `sender` writes to `relay`.
    #[must_use]
    pub const fn new(relay: Relay, sender: Sender) -> Self {
        Self { relay, sender }
    }
}

impl Carrier for ByRelay {
    fn carry(&self, mail: &OwnerMail) -> Option<AttemptResult> {
        let message = match self.sender.owner_message(mail) {
            Ok(message) => message,
            Err(failed) => return Some(failed),
        };
        let from = message.envelope().from().map(ToString::to_string).unwrap_or_default();
        let letter = Envelope::new(&from, &mail.to, &message.formatted());
        match letter {
            Ok(letter) => meaning(&self.relay.carry(&Arc::new(letter))),
            Err(fault) => Some(AttemptResult::impossible(fault)),
        }
    }
}

/// Writes letters into a Maildir.
pub struct IntoMaildir {
    path: PathBuf,
    sender: Sender,
}

impl IntoMaildir {
    /// Writes what `sender` writes into the directory, which a [`Maildir`] opened.
    #[must_use]
    pub fn new(path: &Path, sender: Sender) -> Self {
        Self { path: path.to_owned(), sender }
    }

    fn put(&self, mail: &OwnerMail, message: &[u8]) -> io::Result<()> {
        Maildir::put(&self.path, &format!("{}.flashtag", mail.id), message)?;
        fs::File::open(self.path.join("new"))?.sync_all()
    }
}

impl Carrier for IntoMaildir {
    fn carry(&self, mail: &OwnerMail) -> Option<AttemptResult> {
        match self.sender.owner_message(mail) {
            Ok(message) => self.put(mail, &message.formatted()).err().map(AttemptResult::failed),
            Err(failed) => Some(failed),
        }
    }
}

/// Hands letters to the thread that carries them.
pub struct OwnerMailer(SyncSender<OwnerMail>);

impl OwnerMailer {
    /// Starts the thread. It ends with the mailer.
    ///
    /// # Errors
    /// When the system has no thread.
    pub fn start(carrier: Box<dyn Carrier>, database: OpsDatabase, clock: Clock) -> io::Result<Self> {
        let (queue, letters) = sync_channel(WAITING_MAX);
        let thread = std::thread::Builder::new().name("owner-mail".to_owned());
        thread.spawn(move || Carrying { carrier, database, later: Vec::new() }.run(&letters, &clock))?;
        Ok(Self(queue))
    }
}

impl Postbox for OwnerMailer {
    fn post(&self, mail: OwnerMail) -> bool {
        self.0.try_send(mail).is_ok()
    }
}

/// A letter that is tried again.
struct Later {
    mail: OwnerMail,
    attempts: usize,
    due: Timestamp,
}

struct Carrying {
    carrier: Box<dyn Carrier>,
    database: OpsDatabase,
    /// At most [`WAITING_MAX`].
    later: Vec<Later>,
}

impl Carrying {
    fn run(mut self, letters: &Receiver<OwnerMail>, clock: &Clock) {
        loop {
            let now = clock.now();
            if let Some(at) = self.later.iter().position(|later| later.due <= now) {
                let Later { mail, attempts, .. } = self.later.swap_remove(at);
                self.attempt(mail, attempts, clock);
                continue;
            }
            let next = self.later.iter().map(|later| later.due).min();
            let taken = match next {
                Some(due) => letters.recv_timeout(due.since(now).std()),
                None => letters.recv().map_err(|_| RecvTimeoutError::Disconnected),
            };
            match taken {
                Ok(mail) => self.attempt(mail, 0, clock),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return,
            }
        }
    }

    fn attempt(&mut self, mail: OwnerMail, attempts: usize, clock: &Clock) {
        let result = self.carrier.carry(&mail);
        let now = clock.now();
        let wait = WAITS.get(attempts).copied().filter(|_| result.as_ref().is_some_and(may_pass));
        let counted = match (&result, wait) {
            (None, _) => "sent",
            (Some(AttemptResult::Bounced { .. }), _) => {
                self.suppress(&mail, now);
                "bounced"
            }
            (Some(_), Some(_)) if self.later.len() < WAITING_MAX => "tried_again",
            (Some(result), _) => {
                tracing::warn!("a letter to the owner of an account is given up: {}", result.name());
                "given_up"
            }
        };
        owner_letters(counted).increment(1);
        if let Some(wait) = wait.filter(|_| counted == "tried_again") {
            self.later.push(Later { mail, attempts: attempts + 1, due: now.plus(wait) });
        }
    }

    fn suppress(&self, mail: &OwnerMail, now: Timestamp) {
        let kept: Result<(), OpsError> = self
            .database
            .address_hash(&mail.to)
            .and_then(|hash| self.database.suppress(&hash, SuppressionReason::Bounced, now));
        if let Err(error) = kept {
            // The next letter there bounces as well, and is kept then.
            tracing::warn!("an address that bounced could not be kept: {error}");
        }
    }
}

/// Whether another attempt may succeed.
const fn may_pass(result: &AttemptResult) -> bool {
    match result {
        AttemptResult::Failed { permanent, .. } => !*permanent,
        AttemptResult::Unknown { .. } | AttemptResult::ShutOut { .. } => true,
        _ => false,
    }
}
