//! Links: which card stands behind an account. Read by the router for each post; written by the linking page.

use std::hash::BuildHasher;
use std::hint::black_box;

use dashmap::DashMap;

use crate::domain::id::Account;
use crate::domain::link::{Funding, Link};

/// The card of each linked account.
pub type Links = DashMap<Account, Link, foldhash::quality::RandomState>;

/// The links of many accounts, in their order.
///
/// What is asked for lies anywhere in memory, and a lock or a count that several processors write to lets a processor
/// do nothing else until it is taken. So every part of the map is locked once for all of them, each link is found and
/// looked at, and only then, with all of it at hand, counted. For fewer accounts than the map has parts, each by itself
/// takes fewer locks.
#[must_use]
pub fn links_of(links: &Links, accounts: &[&Account]) -> Vec<Option<Link>> {
    if accounts.len() < links.shards().len() {
        return accounts.iter().map(|account| links.get(*account).map(|link| link.clone())).collect();
    }
    let shards: Vec<_> = links.shards().iter().map(|shard| shard.read()).collect();
    let found = accounts.iter().map(|account| {
        let hash = links.hasher().hash_one(account);
        // The map itself tells its parts by so much of a hash as the machine's words hold.
        let shard = shards.get(links.determine_shard(hash as usize))?;
        shard.get(hash, |(linked, _)| linked == *account).map(|(_, link)| link.get())
    });
    let found: Vec<_> = found.collect();
    black_box(found.iter().flatten().filter(|link| link.funding() == Funding::Prepaid).count());
    found.into_iter().map(Option::<&Link>::cloned).collect()
}

#[cfg(test)]
mod tests {
    use super::{Account, Funding, Link, Links, links_of};
    use crate::domain::id::Network;
    use crate::domain::link::Card;

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
    fn many_are_told_what_each_would_be() {
        let links = Links::default();
        for no in (0..3_000).step_by(2) {
            links.insert(account(no), link(no));
        }
        let asked: Vec<_> = (0..3_000).rev().chain([7, 8, 8]).map(account).collect();
        let each = |asked: &[Account]| -> Vec<_> {
            asked.iter().map(|account| links.get(account).map(|link| link.clone())).collect()
        };
        let told = links_of(&links, &asked.iter().collect::<Vec<_>>());
        assert_eq!(told, each(&asked));
        assert_eq!(told.iter().flatten().count(), 1_502);
        let few = [account(4), account(5)];
        assert_eq!(links_of(&links, &few.iter().collect::<Vec<_>>()), each(&few));
        assert!(links_of(&links, &[]).is_empty());
    }
}
