//! Bounds on the status words of accounts without a link: anyone can post one, so their number and pace are
//! limited.

use std::collections::HashMap;

use crate::domain::id::Account;
use crate::domain::outcome::Outcome;
use crate::domain::time::{Millis, Timestamp};

/// The span over which words are counted.
const WINDOW: Millis = Millis::from_secs(60);

/// Upper bound on the words of one account in that span.
const WORDS_OF_ACCOUNT: u32 = 6;

/// Upper bounds on the remembered words of accounts without a link.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UnlinkedBounds {
    /// Accounts whose words are remembered.
    pub accounts: usize,
    /// Words of all of them in a minute.
    pub words_per_minute: usize,
}

/// Counts the words of accounts without a link.
#[derive(Debug)]
pub struct UnlinkedWords {
    bounds: UnlinkedBounds,
    accounts: usize,
    window_began: Timestamp,
    words_of: HashMap<Account, u32, foldhash::quality::RandomState>,
    words_in_window: usize,
}

impl UnlinkedWords {
    /// Creates the counts; words of `accounts` accounts are remembered already.
    #[must_use]
    pub fn new(bounds: UnlinkedBounds, accounts: usize) -> Self {
        Self {
            bounds,
            accounts,
            window_began: Timestamp::MIN,
            words_of: HashMap::default(),
            words_in_window: 0,
        }
    }

    /// Admits a new word of an account. `is_known`: a word of this account is already recorded.
    ///
    /// # Errors
    /// [`Outcome::RateLimited`] if the account posts too many words, or too many accounts are remembered;
    /// [`Outcome::Overloaded`] if all accounts together post too many words now.
    pub fn admit(&mut self, now: Timestamp, account: &Account, is_known: bool) -> Result<(), Outcome> {
        if self.window_began.plus(WINDOW) <= now {
            self.window_began = now;
            self.words_of.clear();
            self.words_in_window = 0;
        }
        let count = self.words_of.get(account).copied().unwrap_or(0);
        let full = !is_known && self.accounts >= self.bounds.accounts;
        if full || count >= WORDS_OF_ACCOUNT {
            return Err(Outcome::RateLimited);
        }
        if self.words_in_window >= self.bounds.words_per_minute {
            return Err(Outcome::Overloaded);
        }
        self.words_of.insert(account.clone(), count + 1);
        self.words_in_window += 1;
        self.accounts += usize::from(!is_known);
        Ok(())
    }

    /// An account with remembered words was unlinked.
    pub fn unlinked(&mut self) {
        self.accounts += 1;
    }

    /// An account with remembered words was linked.
    pub fn linked(&mut self) {
        self.accounts = self.accounts.saturating_sub(1);
    }
}

#[cfg(test)]
mod tests {
    use super::{Account, Outcome, Timestamp, UnlinkedBounds, UnlinkedWords, WORDS_OF_ACCOUNT};
    use crate::domain::id::Network;

    fn account(no: u32) -> Account {
        Account::parse(Network::X, &(1_000_000 + no).to_string()).unwrap()
    }

    const AT: Timestamp = Timestamp::MIN;

    #[test]
    fn an_account_with_too_many_words_is_refused_alone() {
        let bounds = UnlinkedBounds { accounts: 10, words_per_minute: 100 };
        let mut words = UnlinkedWords::new(bounds, 0);
        for count in 0..WORDS_OF_ACCOUNT {
            assert_eq!(words.admit(AT, &account(1), count > 0), Ok(()));
        }
        assert_eq!(words.admit(AT, &account(1), true), Err(Outcome::RateLimited));
        assert_eq!(words.admit(AT, &account(2), false), Ok(()));
        assert_eq!(words.admit(AT.plus(super::WINDOW), &account(1), true), Ok(()), "a minute later");
    }

    #[test]
    fn all_accounts_together_have_a_bound_and_a_pace() {
        let mut few = UnlinkedWords::new(UnlinkedBounds { accounts: 3, words_per_minute: 100 }, 2);
        assert_eq!(few.admit(AT, &account(1), false), Ok(()));
        assert_eq!(few.admit(AT, &account(2), false), Err(Outcome::RateLimited));
        assert_eq!(few.admit(AT, &account(1), true), Ok(()), "its words are remembered already");
        few.linked();
        assert_eq!(few.admit(AT, &account(2), false), Ok(()), "one of them was linked");

        let mut slow = UnlinkedWords::new(UnlinkedBounds { accounts: 100, words_per_minute: 2 }, 0);
        assert_eq!(slow.admit(AT, &account(1), false), Ok(()));
        assert_eq!(slow.admit(AT, &account(2), false), Ok(()));
        assert_eq!(slow.admit(AT, &account(3), false), Err(Outcome::Overloaded));
        assert_eq!(slow.admit(AT.plus(super::WINDOW), &account(3), false), Ok(()));
    }
}
