//! The pages of confirm links.

use flashtag::clock::Clock;
use flashtag::domain::id::OfferId;
use flashtag::domain::time::Millis;
use flashtag::words::signed_link::sign;

use super::states::States;
use crate::http::browser::Browser;
use crate::http::confirming::{key, own_link};
use crate::http::served::{Served, post};

pub(super) fn states(states: &mut States) {
    let served = Served::open();
    for (id, author, text) in [("1", 1, "#BuyKindle"), ("2", 2, "#BuyKindle"), ("3", 2, "@Shop FREEZE")] {
        assert_eq!(served.post(post(id, author, text)).status, 200);
    }
    let page = own_link(&served, "kindle", 1, 1);
    let mut reader = Browser::new(served.address);
    states.add("confirm-asks", &reader.get(&page));
    let mut forged = reader.clone();
    forged.headers = vec!["Origin: https://evil.example".to_owned()];
    states.add("confirm-foreign-page", &forged.post(&page, &[]));
    states.add("confirmed", &reader.post(&page, &[]));
    states.add("confirm-frozen", &reader.post(&own_link(&served, "kindle", 2, 2), &[]));
    states.add("confirm-used", &reader.get(&own_link(&served, "kindle", 99, 1)));
    states.add("confirm-of-another", &reader.get(&own_link(&served, "kindle", 1, 3)));
    states.add("confirm-malformed", &reader.get("/confirm/A"));
    let before = Clock::start().now().minus(Millis::from_secs(60));
    let late = sign(&key(&served), &OfferId::parse("kindle").unwrap(), 1, &"x:1".parse().unwrap(), before);
    states.add("confirm-late", &reader.get(&format!("/confirm/{late}")));
}
