//! The ports of a node: its catalog can be replaced while it reads posts, and queries and their results can
//! be serialized.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use flashtag::config::offers::parse_offers;
use flashtag::domain::id::{OfferNo, ReservationId};
use flashtag::domain::terms::Terms;
use flashtag::domain::time::Timestamp;
use flashtag::intake::catalog::Catalog;
use flashtag::partition::query::{Query, QueryResult};

use super::inside::Inside;
use super::served::{OFFERS, post};

const ROUNDS: u32 = 20;

fn offers() -> Vec<Terms> {
    parse_offers(OFFERS, "offers.toml").unwrap().offers
}

fn outcome(inside: &Inside, id: u32, author: u32, text: &str) -> String {
    let reply = inside.post_to("/v1/posts", &post(&id.to_string(), author, text));
    reply.lines()[0]["outcome"].as_str().unwrap().to_owned()
}

/// Accounts 2 to 9 claim one offer repeatedly, while the other is removed from the catalog and added again:
/// posts in between ignore its tag, and the tag of the first offer is always recognized.
#[test]
fn a_replaced_catalog_applies_to_the_next_post_and_affects_no_other_offer() {
    let data = tempfile::tempdir().unwrap();
    let inside = Inside::open(data.path(), offers(), 2);
    let whole = inside.node.catalog();
    let left = whole.listings().iter().filter(|listing| listing.offering.id().as_str() != "pot");
    let without_pot = Arc::new(Catalog::new(left.cloned().collect(), whole.front().clone()));
    assert_eq!(without_pot.listings().len() + 1, whole.listings().len());
    let handle = inside.node.catalog_handle();
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let crowd = scope.spawn(|| {
            let mut outcomes = BTreeSet::new();
            for id in 1_000_u32.. {
                outcomes.insert(outcome(&inside, id, 2 + id % 8, "#BuyKindle"));
                if done.load(Ordering::Acquire) {
                    break;
                }
            }
            outcomes
        });
        for round in 0..ROUNDS {
            handle.replace(Arc::clone(&without_pot));
            assert_eq!(outcome(&inside, 100 + round, 1, "#BuyPot"), "not_relevant");
            handle.replace(Arc::clone(&whole));
            assert_ne!(outcome(&inside, 200 + round, 1, "#BuyPot"), "not_relevant");
        }
        done.store(true, Ordering::Release);
        let outcomes = crowd.join().unwrap();
        assert!(outcomes.contains("reserved"), "{outcomes:?}");
        assert!(!outcomes.contains("not_relevant"), "{outcomes:?}");
    });
}

#[test]
fn a_query_and_its_result_survive_serialization() {
    let data = tempfile::tempdir().unwrap();
    let inside = Inside::open(data.path(), offers(), 1);
    assert_eq!(outcome(&inside, 1, 1, "#BuyKindle"), "reserved");
    assert_eq!(outcome(&inside, 2, 1, "#ConfirmKindle"), "confirmed");
    assert_eq!(outcome(&inside, 3, 2, "#BuyKindle"), "reserved");
    let kindle = OfferNo(0);
    let held = |ordinal| ReservationId { offer: kindle, ordinal };
    let account = |author: u32| format!("x:{author}").parse().unwrap();
    let confirmable = |ordinal, author| Query::Confirmable {
        id: held(ordinal),
        account: account(author),
        now: Timestamp::from_ms(1_600_000_000_000),
    };
    let queries = [
        Query::Offers,
        Query::Offer(kindle),
        Query::Offer(OfferNo(99)),
        Query::Draw(kindle),
        Query::Reservations { offer: kindle, after: 0, limit: 1 },
        Query::Order(held(1)),
        Query::Order(held(2)),
        Query::Account { account: account(1), card: "tok_1".into() },
        Query::Account { account: account(2), card: "tok_2".into() },
        confirmable(1, 1),
        confirmable(2, 2),
        confirmable(2, 1),
        Query::Pending,
    ];
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    for query in queries {
        let written = serde_json::to_string(&query).unwrap();
        assert_eq!(serde_json::from_str::<Query>(&written).unwrap(), query, "{written}");
        let result = runtime.block_on(inside.node.query(0, query)).unwrap();
        let written = serde_json::to_string(&result).unwrap();
        assert_eq!(serde_json::from_str::<QueryResult>(&written).unwrap(), result, "{written}");
    }
}
