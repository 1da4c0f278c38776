//! Compares the waitlist with a plain vector: the order and the places must be equal whichever waiter leaves.

use std::sync::Arc;

use flashtag::domain::event::Claim;
use flashtag::domain::money::Rate;
use flashtag::domain::waitlist::{Ticket, Waitlist};
use proptest::prelude::*;

use super::world::{account, ms, post};

fn claim(who: u32) -> Claim {
    Claim {
        post: post(u64::from(who)),
        posted_at: ms(0),
        account: account(who),
        units: 1,
        amount: "1.00 USD".parse().expect("an amount"),
        rate: Rate::ZERO,
        card: "tok".into(),
        email: "a@b.example".into(),
        region: None,
        last4: None,
        handle: None,
        cid: None,
    }
}

proptest! {
    #[test]
    fn a_place_equals_a_count_along_the_line(moves in prop::collection::vec(0..40_usize, 1..200)) {
        let (mut line, mut naive) = (Waitlist::default(), Vec::<Ticket>::new());
        for (number, &leaver) in moves.iter().enumerate() {
            if leaver < naive.len() && leaver < 20 {
                let ticket = naive.remove(leaver);
                prop_assert!(line.leave(ticket).is_some());
                prop_assert!(line.leave(ticket).is_none(), "a waiter leaves once");
            } else {
                naive.push(line.join(claim(number as u32 + 1).into(), leaver as u32 % 3 + 1));
            }
            prop_assert_eq!(line.len() as usize, naive.len());
            for (ahead, &ticket) in naive.iter().enumerate() {
                prop_assert_eq!(line.place(ticket) as usize, ahead + 1);
            }
        }
    }
}

#[test]
fn a_place_in_a_long_line_is_found_without_a_walk() {
    let mut line = Waitlist::default();
    let claim = Arc::new(claim(1));
    let tickets: Vec<_> = (0..100_000).map(|_| line.join(Arc::clone(&claim), 1)).collect();
    let places: u64 = tickets.into_iter().map(|ticket| u64::from(line.place(ticket))).sum();
    assert_eq!(places, 100_000 * 100_001 / 2);
}
