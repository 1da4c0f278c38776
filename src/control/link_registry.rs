//! Links: which card belongs to an account. The router reads them for each post; the linking page writes
//! them.

use std::hash::BuildHasher;

use dashmap::DashMap;

use crate::collections::prefetch::prefetch;
use crate::domain::id::Account;
use crate::domain::link::Link;

/// The card of each linked account.
pub type Links = DashMap<Account, Link, foldhash::quality::RandomState>;

/// Looks up the links of many accounts, in their order.
///
/// The entries are scattered in memory, and each is found in steps: the map leads to the entry, the entry to
/// the link. Each step is taken for all accounts before the next one, so that the processor waits for many
/// cache misses at once; entry by entry takes twice as long. A lock, or a reference count that several cores
/// write to, stalls the processor until it owns the cache line. So every shard is locked once for all
/// accounts, and references are counted last. For fewer accounts than the map has shards, a lookup for each
/// takes fewer locks.
#[must_use]
pub fn links_of(links: &Links, accounts: &[&Account]) -> Vec<Option<Link>> {
    if accounts.len() < links.shards().len() {
        return accounts.iter().map(|account| links.get(*account).map(|link| link.clone())).collect();
    }
    let shards: Vec<_> = links.shards().iter().map(|shard| shard.read()).collect();
    let wanted = accounts.iter().map(|account| {
        let hash = links.hasher().hash_one(account);
        // The map selects its shards by a hash of the machine's word size.
        let shard = shards.get(links.determine_shard(hash as usize)).expect("the map has that part");
        (*account, hash, shard)
    });
    let wanted: Vec<_> = wanted.collect();
    // The map compares only a few bits of a hash at first, so the entry is sometimes another account's.
    let likely: Vec<_> = wanted.iter().map(|(_, hash, shard)| shard.get(*hash, |_| true)).collect();
    let found = wanted.iter().zip(likely).map(|((account, hash, shard), likely)| {
        let likely = likely?;
        let is_it = |(linked, _): &(Account, _)| linked == *account;
        let entry = if is_it(likely) { Some(likely) } else { shard.get(*hash, is_it) };
        entry.map(|(_, link)| link.get())
    });
    let found: Vec<_> = found.collect();
    prefetch(found.iter().flatten().map(|link| usize::from(link.letter())));
    found.into_iter().map(Option::<&Link>::cloned).collect()
}

#[cfg(test)]
mod tests {
    use super::{Account, Link, Links, links_of};
    use crate::domain::id::Network;
    use crate::domain::link::{Card, Funding};

    fn account(no: u32) -> Account {
        Account::parse(Network::X, &(1_000_000 + no).to_string()).unwrap()
    }

    fn link(no: u32) -> Link {
        let card = Card {
            token: format!("tok_{no}").into(),
            brand: "visa".into(),
            funding: Funding::Credit,
            last4: "4242".into(),
        };
        Link::new(&card, "ana@example.com", "US-NY")
    }

    #[test]
    fn a_batch_lookup_equals_single_lookups() {
        let links = Links::default();
        for no in (0..3_000).step_by(2) {
            links.insert(account(no), link(no));
        }
        let asked: Vec<_> = (0..3_000).rev().chain([7, 8, 8]).map(account).collect();
        let each = |asked: &[Account]| -> Vec<_> {
            asked.iter().map(|account| links.get(account).map(|link| link.clone())).collect()
        };
        let found = links_of(&links, &asked.iter().collect::<Vec<_>>());
        assert_eq!(found, each(&asked));
        assert_eq!(found.iter().flatten().count(), 1_502);
        let few = [account(4), account(5)];
        assert_eq!(links_of(&links, &few.iter().collect::<Vec<_>>()), each(&few));
        assert!(links_of(&links, &[]).is_empty());
    }
}
