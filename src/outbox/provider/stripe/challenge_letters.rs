//! Letters by which buyers learn that their banks ask for them.
//!
//! Such a letter follows from the record of the authorization alone, and has its key: after a restart the payment is found
//! waiting, and the same letter leaves again under the same name, by which mail programs know a copy.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use crate::domain::effect::Effect;
use crate::domain::id::Account;
use crate::domain::money::Money;
use crate::domain::provider_ref::PaymentRef;
use crate::domain::time::{Millis, Timestamp};
use crate::linking::{OwnerMail, Postbox};
use crate::ops::OpsDatabase;
use crate::outbox::address_book::{Address, AddressBook};
use crate::outbox::provider::Delivery;
use crate::telemetry::objections::authentications;
use crate::words::{Challenge, OwnerLetter, Words};

/// Payments that wait for their buyers at most. A further one is not told of before there is room.
const ASKED_MOST: usize = 10_000;

/// Makes the address of the page of a challenge; `None` if the shop has no public address.
pub type ChallengeUrl = Box<dyn Fn(&Challenge) -> Option<String> + Send + Sync>;

/// Writes to buyers whose banks ask for them.
pub struct ChallengeLetters {
    /// How long after its record a payment waits.
    pub(super) patience: Millis,
    words: Arc<Words>,
    url: ChallengeUrl,
    addresses: Arc<dyn AddressBook + Send + Sync>,
    /// Knows which addresses get no letters.
    database: OpsDatabase,
    postbox: Box<dyn Postbox>,
    /// The letters that were handed in since the start, and until when their payments wait.
    asked: Mutex<BTreeMap<String, Timestamp>>,
}

/// Whether a buyer learns that the bank asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum AskedBuyer {
    /// A letter is on its way.
    Asked,
    /// No letter reaches the buyer.
    Unreachable,
    /// It cannot be done right now.
    Later,
}

/// What a letter is about.
#[derive(Debug, Clone)]
pub(super) struct WaitingPayment {
    id: String,
    challenge: Challenge,
    title: String,
    amount: Money,
    recorded_at: Timestamp,
    at: Timestamp,
}

impl WaitingPayment {
    /// The payment of an attempt that ended with that intent; `None` for another effect.
    pub(super) fn of(delivery: &Delivery, intent: &str, patience: Millis) -> Option<Self> {
        let Effect::Authorize(payment) = &delivery.attempt.effect else { return None };
        let recorded_at = delivery.attempt.recorded_at;
        let challenge = Challenge {
            offer: delivery.offering.id().clone(),
            ordinal: payment.id.ordinal,
            account: payment.account.clone(),
            payment: PaymentRef::parse(intent).ok()?,
            until: recorded_at.plus(patience),
        };
        Some(Self {
            id: format!("authenticate-{}", delivery.attempt.key.dotted()),
            challenge,
            title: delivery.offering.title().to_owned(),
            amount: payment.amount,
            recorded_at,
            at: delivery.at,
        })
    }
}

impl ChallengeLetters {
    /// Lets payments wait for `patience` after their records, and writes to their buyers in these words: to the addresses of
    /// `addresses` that `database` does not suppress, by `postbox`. Letters lead where `url` says.
    #[must_use]
    pub const fn new(
        patience: Millis,
        words: Arc<Words>,
        url: ChallengeUrl,
        addresses: Arc<dyn AddressBook + Send + Sync>,
        database: OpsDatabase,
        postbox: Box<dyn Postbox>,
    ) -> Self {
        Self { patience, words, url, addresses, database, postbox, asked: Mutex::new(BTreeMap::new()) }
    }

    /// Writes to the buyer of a payment, unless that was done since the start. Waits for the disk.
    pub(super) fn ask(&self, waiting: &WaitingPayment) -> AskedBuyer {
        if self.has_asked(waiting) {
            return AskedBuyer::Asked;
        }
        let asked = match self.address_of(&waiting.challenge.account) {
            Ok(Some(address)) => self.post(waiting, &address),
            Ok(None) => AskedBuyer::Unreachable,
            Err(()) => AskedBuyer::Later,
        };
        match asked {
            AskedBuyer::Asked => authentications("asked").increment(1),
            AskedBuyer::Unreachable => authentications("unreachable").increment(1),
            AskedBuyer::Later => {}
        }
        asked
    }

    fn has_asked(&self, waiting: &WaitingPayment) -> bool {
        let mut asked = self.asked.lock().expect("no panic is survived");
        asked.retain(|_, until| *until > waiting.at);
        asked.contains_key(&waiting.id)
    }

    /// The address of an account to which letters go; `Err` if that cannot be known now.
    fn address_of(&self, account: &Account) -> Result<Option<String>, ()> {
        let address = match self.addresses.address_of(account) {
            Address::Known(address) => address.to_string(),
            Address::None | Address::Unproven | Address::Erased => return Ok(None),
            Address::Unavailable(_) => return Err(()),
        };
        let hash = self.database.address_hash(&address);
        match hash.and_then(|hash| self.database.suppressed(&hash)) {
            Ok(None) => Ok(Some(address)),
            Ok(Some(_)) => Ok(None),
            Err(error) => {
                tracing::error!("whether an address gets letters cannot be looked up: {error}");
                Err(())
            }
        }
    }

    fn post(&self, waiting: &WaitingPayment, address: &str) -> AskedBuyer {
        let WaitingPayment { id, challenge, title, amount, recorded_at, .. } = waiting;
        let Some(link) = (self.url)(challenge) else { return AskedBuyer::Unreachable };
        let (account, order) = (&challenge.account, challenge.order());
        let (until, item, amount) = (challenge.until, title.as_str(), *amount);
        let about = OwnerLetter::Authenticate { link: &link, until, item, amount, order: &order };
        let letter = self.words.owner_letter(about, account, &account.to_string(), *recorded_at);
        let mail = OwnerMail { to: address.to_owned(), id: id.clone(), letter, at: *recorded_at };
        let mut asked = self.asked.lock().expect("no panic is survived");
        if asked.len() >= ASKED_MOST || !self.postbox.post(mail) {
            return AskedBuyer::Later;
        }
        asked.insert(id.clone(), until);
        AskedBuyer::Asked
    }
}
