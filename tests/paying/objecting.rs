//! Banks that object at random, while webhooks are lost, repeated, reordered, late and forged, and Stripe is away for a while.

use std::collections::BTreeMap;

use flashtag::domain::objection::Objection;
use flashtag::engine::card_events::Followed;
use flashtag::outbox::provider::stripe::{Forged, Received};
use networks::stripe::Webhook;

use super::objections::{Bench, SECRET};
use crate::test_rng::TestRng;

/// How disputes go on.
const STATES: [&str; 4] = ["needs_response", "under_review", "won", "lost"];

/// Plays a seed. In the end everything is known that Stripe says, and every event counted once.
pub(super) fn judge(seed: u64) {
    let (bench, mut rng) = (Bench::new(), TestRng::new(seed ^ 0x0b1e));
    let mut followed = BTreeMap::<String, u32>::new();
    for _ in 0..30 {
        turn(&bench, &mut rng, &mut followed);
    }
    bench.darken(false);
    bench.is_full.set(false);
    bench.catch_up().unwrap();
    assert!(bench.catch_up().unwrap().is_empty(), "an event was followed twice");
    followed.iter().for_each(|(event, times)| assert!(*times <= 1, "{event} was followed {times} times"));
    let (stripe, noted) = (bench.stripe(), bench.noted.borrow());
    for dispute in stripe.disputes() {
        let order = match dispute.intent.as_str() {
            "pi_1" => "kettle.1",
            "pi_2" => "kettle.2",
            _ => continue,
        };
        let mut of_order = noted.get(order).into_iter().flatten();
        let last = of_order.rfind(|known| known.reference().to_string() == dispute.id);
        let Some(Objection::Dispute(last)) = last else { panic!("{} is not known", dispute.id) };
        assert_eq!(last.stage.name(), dispute.status, "{}", dispute.id);
    }
    let of_another = noted.values().flatten().any(|known| {
        let disputes = stripe.disputes().iter();
        disputes
            .filter(|dispute| dispute.intent == "pi_3")
            .any(|other| other.id == known.reference().to_string())
    });
    assert!(!of_another, "another shop's dispute was noted");
}

fn turn(bench: &Bench, rng: &mut TestRng, followed: &mut BTreeMap<String, u32>) {
    let now_ms = bench.now().ms();
    let events = bench.stripe().events().len();
    let disputes = bench.stripe().disputes().len();
    match rng.below(12) {
        0 | 1 => {
            let (intent, status) = (*rng.pick(&["pi_1", "pi_2", "pi_3"]), *rng.pick(&STATES));
            bench.stripe().dispute(intent, status, now_ms);
        }
        2 | 3 if disputes > 0 => {
            let (id, status) = (format!("dp_{}", 1 + rng.below(disputes)), *rng.pick(&STATES));
            bench.stripe().move_dispute(&id, status, now_ms);
        }
        4..7 if events > 0 => {
            let webhook = bench.webhook(rng.below(events));
            assert_eq!(bench.receive(&webhook), Received::Taken);
        }
        7 if events > 0 => refuse(bench, rng, events),
        8 => bench.darken(rng.below(3) == 0),
        9 => bench.is_full.set(rng.below(3) == 0),
        10 => bench.pass(1000 * rng.below(40_000) as i64),
        _ => drop(bench.catch_up()),
    }
    for (event, result) in bench.follow_hints() {
        match result {
            Ok(Followed::Repeated) | Err(_) => {}
            Ok(Followed::NoEvent | Followed::NoOrder) => panic!("{event} is there"),
            Ok(_) => *followed.entry(event).or_default() += 1,
        }
    }
}

/// A webhook that must not be believed.
fn refuse(bench: &Bench, rng: &mut TestRng, events: usize) {
    let genuine = bench.webhook(rng.below(events));
    let now_ms = bench.now().ms();
    let (webhook, why) = match rng.below(4) {
        0 => (Webhook::signed(genuine.body, "whsec_guessed", now_ms), Forged::Unknown),
        1 => {
            bench.pass(301_000);
            (genuine, Forged::Untimely)
        }
        2 => {
            // Caught on its way, with the time of now beside the signature of then.
            let signature = genuine.signature.split_once(",v1=").unwrap().1.to_owned();
            let seconds = bench.now().ms().div_euclid(1000) + 7;
            (Webhook { signature: format!("t={seconds},v1={signature}"), ..genuine }, Forged::Unknown)
        }
        _ => (
            Webhook { body: genuine.body.replace("needs_response", "won") + " ", ..genuine },
            Forged::Unknown,
        ),
    };
    assert_eq!(bench.receive(&webhook), Received::Forged(why), "{SECRET} did not sign this");
}
