//! The state of the control journal: links, and the status of accounts. Plain code: the live node, the replay
//! of the journal, recordings and the simulator all drive it.
//!
//! Invariant: the status of an account is the newest of the words taken in, in whatever order and however
//! often they came. So control and the partitions agree once each has every word.

use std::collections::{HashMap, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};

use super::record::{ControlEvent, ControlRecord};
use crate::clock::Lag;
use crate::collections::unordered_hash::hash_all;
use crate::domain::account_status::{AccountStatus, AccountStatuses, Recency};
use crate::domain::id::Account;
use crate::domain::link::{Link, LinkedAccount};
use crate::domain::status_word::StatusWord;
use crate::domain::time::{Millis, Timestamp};

/// Links and status words, as the records up to `last_sequence` left them.
#[derive(Debug, Clone, Default)]
pub struct ControlState {
    /// The links that the journal made; those of the accounts file are not here.
    links: HashMap<Account, Link, foldhash::quality::RandomState>,
    /// The accounts that were unlinked and not linked since: the accounts file does not link them.
    unlinked: HashSet<Account, foldhash::quality::RandomState>,
    /// Those of them that were erased.
    erased: HashSet<Account, foldhash::quality::RandomState>,
    statuses: AccountStatuses,
    links_imported: bool,
    /// Journal time when an operator last accepted the machine's clock, and how far it was ahead, in milliseconds.
    clock_accepted: Option<(Timestamp, i64)>,
    /// Journal time at the last start that found it ahead of the machine's clock, and how far it was ahead.
    started_ahead: Option<(Timestamp, Millis)>,
    journal_time: Timestamp,
    last_sequence: u64,
}

impl ControlState {
    /// The sequence of the last record; 0 if there is none.
    #[must_use]
    pub fn last_sequence(&self) -> u64 {
        self.last_sequence
    }

    /// The time of the last record.
    #[must_use]
    pub fn journal_time(&self) -> Timestamp {
        self.journal_time
    }

    /// Whether the links of an older release's journal were taken over.
    #[must_use]
    pub fn links_imported(&self) -> bool {
        self.links_imported
    }

    /// Whether an operator accepted a difference of which `ahead` is left at `last`, the time of the last record of all
    /// journals.
    #[must_use]
    pub fn accepts_ahead(&self, last: Timestamp, ahead: Millis) -> bool {
        self.clock_accepted.is_some_and(|(journal, ahead_ms)| {
            // Since then journal time ran slower than the machine's clock, by three hundredths or more.
            let levelled_ms = last.since(journal).ms() * 3 / 100;
            ahead.ms() <= ahead_ms.saturating_sub(levelled_ms).saturating_add(1_000)
        })
    }

    /// How much more time may have passed than journal time shows.
    #[must_use]
    pub fn lag(&self) -> Lag {
        self.started_ahead.map_or(Lag::NONE, |(at, ahead)| Lag::after_start(at, ahead))
    }

    /// The link that the journal made for an account.
    #[must_use]
    pub fn link_of(&self, account: &Account) -> Option<&Link> {
        self.links.get(account)
    }

    /// The links that the journal made, in no particular order.
    pub fn links(&self) -> impl Iterator<Item = (&Account, &Link)> {
        self.links.iter()
    }

    /// Whether the account was unlinked, and not linked since.
    #[must_use]
    pub fn is_unlinked(&self, account: &Account) -> bool {
        self.unlinked.contains(account)
    }

    /// The accounts that were unlinked and not linked since, in no particular order.
    pub fn unlinked(&self) -> impl Iterator<Item = &Account> {
        self.unlinked.iter()
    }

    /// Whether the person behind the account was erased, and the account not linked since.
    #[must_use]
    pub fn is_erased(&self, account: &Account) -> bool {
        self.erased.contains(account)
    }

    /// The accounts that were erased and not linked since, in no particular order.
    pub fn erased(&self) -> impl Iterator<Item = &Account> {
        self.erased.iter()
    }

    /// What an account has stopped.
    #[must_use]
    pub fn status_of(&self, account: &Account) -> AccountStatus {
        self.statuses.of(account)
    }

    /// Whether any word of the account is known.
    #[must_use]
    pub fn knows(&self, account: &Account) -> bool {
        self.statuses.knows(account)
    }

    /// Whether the word is newer than what is known of its account and kind.
    #[must_use]
    pub fn lacks(&self, word: &StatusWord) -> bool {
        self.statuses.lacks(word)
    }

    /// The last word of each kind of every account, in no particular order.
    pub fn words(&self) -> impl Iterator<Item = StatusWord> {
        self.statuses.words()
    }

    /// The last word of each kind of an account.
    pub fn words_of(&self, account: &Account) -> impl Iterator<Item = StatusWord> + use<> {
        self.statuses.words_of(account)
    }

    /// The accounts of which a word is known, in no particular order.
    pub fn accounts(&self) -> impl Iterator<Item = &Account> {
        self.statuses.accounts()
    }

    /// Decides a link; `None` if the account has just that link.
    #[must_use]
    pub fn decide_link(&self, linked: &LinkedAccount) -> Option<ControlEvent> {
        let known = self.links.get(&linked.account) == Some(&linked.link);
        (!known).then(|| ControlEvent::Linked(linked.clone()))
    }

    /// Decides that an account has no card any more; `None` if it was unlinked before.
    #[must_use]
    pub fn decide_unlinking(&self, account: &Account) -> Option<ControlEvent> {
        (!self.is_unlinked(account)).then(|| ControlEvent::Unlinked { account: account.clone() })
    }

    /// Decides that the person behind an account is erased; `None` if that was decided before.
    #[must_use]
    pub fn decide_erasing(&self, account: &Account) -> Option<ControlEvent> {
        (!self.is_erased(account)).then(|| ControlEvent::Erased { account: account.clone() })
    }

    /// Decides the word of a post: how it compares with the last word of its kind, and the event if it is the
    /// next one.
    #[must_use]
    pub fn decide_word(&self, word: &StatusWord) -> (Recency, Option<ControlEvent>) {
        let StatusWord { account, kind, posted_at, .. } = word;
        let recency = match &word.post {
            Some(post) => self.statuses.turn_of(account, *kind, post, *posted_at),
            None if self.statuses.lacks(word) => Recency::Next,
            None => Recency::Over,
        };
        let next = recency == Recency::Next;
        (recency, next.then(|| ControlEvent::StatusChanged(word.clone())))
    }

    /// Decides that an account may buy again; `None` if it may.
    #[must_use]
    pub fn decide_unfreezing(&self, account: &Account, now: Timestamp) -> Option<StatusWord> {
        self.statuses.of(account).frozen.then(|| self.statuses.unfreezing(account, now))
    }

    /// Applies the next record.
    ///
    /// # Panics
    /// When the record does not follow the last one: the journal has a gap.
    pub fn apply(&mut self, sequence: u64, record: &ControlRecord) {
        assert_eq!(sequence, self.last_sequence + 1, "records follow each other");
        self.last_sequence = sequence;
        self.absorb(record);
    }

    /// Applies what a record of a snapshot says.
    pub(super) fn absorb(&mut self, ControlRecord { at, event }: &ControlRecord) {
        self.journal_time = self.journal_time.max(*at);
        match event {
            ControlEvent::Linked(LinkedAccount { account, link }) => {
                self.unlinked.remove(account);
                self.erased.remove(account);
                self.links.insert(account.clone(), link.clone());
            }
            ControlEvent::Unlinked { account } => {
                self.links.remove(account);
                self.unlinked.insert(account.clone());
            }
            ControlEvent::Erased { account } => {
                self.links.remove(account);
                self.unlinked.insert(account.clone());
                self.erased.insert(account.clone());
            }
            ControlEvent::StatusChanged(word) => {
                self.statuses.take(word);
                assert!(!self.statuses.lacks(word), "a register holds the newest of its words");
            }
            ControlEvent::LinksImported { .. } => self.links_imported = true,
            ControlEvent::ClockAccepted { journal, ahead_ms } => {
                self.clock_accepted = Some((*journal, *ahead_ms));
            }
            ControlEvent::StartedAhead { journal, ahead_ms } => {
                self.started_ahead = Some((*journal, Millis::from_ms(*ahead_ms)));
            }
        }
    }

    /// The fewest records that give this state again.
    pub fn records(&self) -> impl Iterator<Item = ControlRecord> {
        let links = self.links.iter().map(|(account, link)| {
            ControlEvent::Linked(LinkedAccount { account: account.clone(), link: link.clone() })
        });
        let imported =
            self.links_imported.then_some(ControlEvent::LinksImported { links: self.links.len() as u64 });
        let unlinked = self.unlinked.iter().map(|account| match self.is_erased(account) {
            true => ControlEvent::Erased { account: account.clone() },
            false => ControlEvent::Unlinked { account: account.clone() },
        });
        let words = self.statuses.words().map(ControlEvent::StatusChanged);
        let clock = self.clock_accepted;
        let clock = clock.map(|(journal, ahead_ms)| ControlEvent::ClockAccepted { journal, ahead_ms });
        let ahead = self.started_ahead;
        let ahead =
            ahead.map(|(journal, ahead)| ControlEvent::StartedAhead { journal, ahead_ms: ahead.ms() });
        let at = self.journal_time;
        let records = links.chain(unlinked).chain(words).chain(imported).chain(clock).chain(ahead);
        records.map(move |event| ControlRecord { at, event })
    }

    /// This state, as that of record `sequence`.
    #[must_use]
    pub(super) fn at_sequence(self, sequence: u64) -> Self {
        Self { last_sequence: sequence, ..self }
    }

    /// A hash of the state. It is the same however the state came about.
    #[must_use]
    pub fn digest(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        let links = self.links.iter().map(|(account, link)| {
            (
                account,
                (link.token(), link.has_address(), link.region()),
                (link.brand(), link.funding(), link.last4()),
            )
        });
        hash_all(links, &mut hasher);
        hash_all(self.unlinked.iter(), &mut hasher);
        hash_all(self.erased.iter(), &mut hasher);
        self.statuses.digest(&mut hasher);
        hasher.write_u8(u8::from(self.links_imported));
        self.clock_accepted.hash(&mut hasher);
        self.started_ahead.hash(&mut hasher);
        hasher.finish()
    }
}

#[cfg(test)]
mod tests {
    use super::{Account, ControlEvent, ControlRecord, ControlState, LinkedAccount, Timestamp};
    use crate::domain::id::Network;
    use crate::domain::link::{Card, Funding, Link};

    fn account() -> Account {
        Account::parse(Network::X, "42").unwrap()
    }

    fn linked() -> LinkedAccount {
        let (token, brand, last4) = ("tok_1".into(), "visa".into(), "4242".into());
        let card = Card { token, brand, funding: Funding::Credit, last4 };
        LinkedAccount { account: account(), link: Link::new(&card, "ana@example.com", "US-NY") }
    }

    fn take(state: &mut ControlState, event: ControlEvent) {
        let record = ControlRecord { at: Timestamp::from_ms(1), event };
        state.apply(state.last_sequence() + 1, &record);
    }

    #[test]
    fn a_tombstone_stays_until_the_account_is_linked_again() {
        let mut state = ControlState::default();
        take(&mut state, ControlEvent::Linked(linked()));
        let event = state.decide_unlinking(&account()).expect("it was not unlinked");
        take(&mut state, event);
        assert_eq!((state.link_of(&account()), state.is_unlinked(&account())), (None, true));
        assert_eq!(state.decide_unlinking(&account()), None, "once is enough");
        // A snapshot keeps the tombstone.
        let mut restored = ControlState::default();
        state.records().for_each(|record| restored.absorb(&record));
        assert_eq!((restored.is_unlinked(&account()), restored.digest()), (true, state.digest()));
        let event = state.decide_link(&linked()).expect("it is linked again");
        take(&mut state, event);
        assert_eq!((state.link_of(&account()), state.is_unlinked(&account())), (Some(&linked().link), false));
        assert_ne!(restored.digest(), state.digest());
    }

    #[test]
    fn an_account_stays_erased_until_it_is_linked_again() {
        let mut state = ControlState::default();
        for first in [Some(ControlEvent::Linked(linked())), state.decide_unlinking(&account()), None] {
            state = ControlState::default();
            first.into_iter().for_each(|event| take(&mut state, event));
            let before = state.digest();
            let event = state.decide_erasing(&account()).expect("it was not erased");
            take(&mut state, event);
            assert!(state.is_erased(&account()) && state.is_unlinked(&account()));
            assert_eq!((state.link_of(&account()), state.decide_erasing(&account())), (None, None));
            assert_ne!(state.digest(), before);
            let mut restored = ControlState::default();
            state.records().for_each(|record| restored.absorb(&record));
            assert_eq!((restored.is_erased(&account()), restored.digest()), (true, state.digest()));
            take(&mut state, ControlEvent::Linked(linked()));
            assert!(!state.is_erased(&account()) && !state.is_unlinked(&account()));
        }
    }
}
