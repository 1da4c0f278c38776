//! Which account a card is linked to. Card transactions name the card, and links are found by the account.

use std::collections::HashMap;
use std::hash::BuildHasher;
use std::sync::{PoisonError, RwLock};

use foldhash::quality::RandomState;

use super::link_registry::Links;
use crate::domain::id::Account;
use crate::domain::time::{Millis, Timestamp};

/// How long after the index was built a card that it does not know is looked for anew: the links are walked for
/// it, all of them.
const REBUILD_AFTER: Millis = Millis::from_secs(10);

/// An index of the linked cards by token. It is built when a transaction asks for it, so that a shop without a feed
/// of transactions has none, and again when a card is not found some time later.
#[derive(Debug, Default)]
pub struct CardHolders(RwLock<Index>);

#[derive(Debug, Default)]
struct Index {
    hasher: RandomState,
    /// By the hash of the token: what is found is compared with the link itself, which may have changed.
    by_card: HashMap<u64, Account, RandomState>,
    built_at: Option<Timestamp>,
}

impl CardHolders {
    /// The account to which the card with that token is linked; of several the least, so that the same input gives
    /// the same decisions.
    #[must_use]
    pub fn find(&self, links: &Links, token: &str, now: Timestamp) -> Option<Account> {
        let index = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let found = index.find(links, token);
        let is_old = index.built_at.is_none_or(|at| now.since(at) >= REBUILD_AFTER);
        drop(index);
        if found.is_some() || !is_old {
            return found;
        }
        let mut index = self.0.write().unwrap_or_else(PoisonError::into_inner);
        index.build(links, now);
        index.find(links, token)
    }
}

impl Index {
    fn find(&self, links: &Links, token: &str) -> Option<Account> {
        let account = self.by_card.get(&self.hasher.hash_one(token))?;
        let link = links.get(account)?;
        (link.token() == token).then(|| account.clone())
    }

    fn build(&mut self, links: &Links, now: Timestamp) {
        self.by_card = HashMap::with_capacity_and_hasher(links.len(), RandomState::default());
        for entry in links {
            let account = entry.key();
            let holder = self.by_card.entry(self.hasher.hash_one(entry.value().token()));
            holder.and_modify(|least| *least = account.min(least).clone()).or_insert_with(|| account.clone());
        }
        self.built_at = Some(now);
    }
}

#[cfg(test)]
mod tests {
    use super::{CardHolders, Links, Timestamp};
    use crate::domain::id::{Account, Network};
    use crate::domain::link::{Card, Funding, Link};

    fn account(no: u32) -> Account {
        Account::parse(Network::X, &(1_000_000 + no).to_string()).unwrap()
    }

    fn link(token: &str) -> Link {
        let (brand, funding, last4) = ("visa".into(), Funding::Credit, "4242".into());
        Link::new(&Card { token: token.into(), brand, funding, last4 }, "ana@example.com", "US-NY")
    }

    #[test]
    fn a_card_is_found_by_its_token_as_long_as_it_is_linked() {
        let (links, holders) = (Links::default(), CardHolders::default());
        let at = |second: i64| Timestamp::from_ms(1_700_000_000_000 + second * 1000);
        links.insert(account(1), link("tok_1"));
        assert_eq!(holders.find(&links, "tok_1", at(0)), Some(account(1)));
        assert_eq!(holders.find(&links, "tok_2", at(1)), None);
        links.insert(account(2), link("tok_2"));
        assert_eq!(holders.find(&links, "tok_2", at(9)), None, "the links are walked every ten seconds");
        assert_eq!(holders.find(&links, "tok_2", at(10)), Some(account(2)));
        links.insert(account(1), link("tok_3"));
        assert_eq!(holders.find(&links, "tok_1", at(11)), None, "the link has another card");
        links.remove(&account(2));
        assert_eq!(holders.find(&links, "tok_2", at(12)), None);
        assert_eq!(holders.find(&links, "tok_3", at(21)), Some(account(1)));
    }

    #[test]
    fn a_card_of_several_accounts_is_the_first_ones() {
        for _ in 0..20 {
            let (links, holders) = (Links::default(), CardHolders::default());
            (1..=9).rev().for_each(|no| drop(links.insert(account(no), link("tok_1"))));
            assert_eq!(holders.find(&links, "tok_1", Timestamp::from_ms(0)), Some(account(1)));
        }
    }
}
