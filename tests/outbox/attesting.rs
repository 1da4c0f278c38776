//! Orders whose posts are read again before their card is asked.

use flashtag::domain::cid::Cid;
use flashtag::domain::command::Report;
use flashtag::domain::effect::{Effect, Payment};
use flashtag::domain::heard_posts::{HeardPost, HeardPosts, Unattested};
use flashtag::domain::id::{EffectKey, Network, PostId};
use flashtag::domain::key_form::KeyForm;
use flashtag::domain::time::{Millis, Timestamp};
use flashtag::outbox::attempt::AttemptResult;
use flashtag::outbox::attestor::{Finding, Refuted};
use flashtag::outbox::queue::Outbox;
use flashtag::outbox::queue::breaker::BreakerState;
use flashtag::outbox::queue::lane::{Bounds, Lane};
use flashtag::outbox::queue::retry::RetryPolicy;
use flashtag::partition::pending_effects::{Departure, PendingEffect};

use super::{AcceptBare, account, at, before_gateway, id, key, payment, renderer};

/// The end of the window of every order here.
const UNTIL_MS: i64 = 60_000;

fn outbox(places: usize) -> Outbox {
    let policy = RetryPolicy { first: Millis::from_secs(1), most: Millis::from_secs(60), attempts_most: 5 };
    let bounds = Bounds { attestations: places, ..Bounds::default() };
    before_gateway(Outbox::new(policy, bounds, 7, renderer()))
}

/// An authorization that rests on a post of that author.
fn order(ordinal: u32, author: u64) -> Effect {
    let post = PostId::parse(Network::X, &(5_000_000 + u64::from(ordinal)).to_string()).unwrap();
    let posts = vec![HeardPost { post, cid: Cid::parse("bafyreia").unwrap() }];
    let heard = Some(Box::new(HeardPosts { posts, until: at(UNTIL_MS) }));
    Effect::Authorize(Payment { account: account(author), heard, ..payment(ordinal, "tok_1") })
}

fn accept(outbox: &mut Outbox, now: Timestamp, sequence: u64, author: u64) {
    let ordinal = u32::try_from(sequence).unwrap();
    outbox.accept_bare(now, key(sequence), now, order(ordinal, author));
}

/// The keys of all readings that may begin now.
fn begin_all(outbox: &mut Outbox, now: Timestamp) -> Vec<u64> {
    std::iter::from_fn(|| outbox.take_attestation(now)).map(|(key, _)| key.sequence).collect()
}

fn leaves(outbox: &mut Outbox, now: Timestamp) -> Option<(u64, bool)> {
    let attempt = outbox.take_due(now, Lane::Cards)?;
    Some((attempt.key.to_string().split('/').nth(1).unwrap().parse().unwrap(), attempt.look_up))
}

#[test]
fn a_card_is_asked_after_the_posts_were_read_and_not_before() {
    let mut outbox = outbox(8);
    accept(&mut outbox, at(0), 1, 42);
    assert_eq!(outbox.next_due(), Some(at(0)), "the reading is due at once");
    assert_eq!(leaves(&mut outbox, at(0)), None, "nothing leaves before");
    assert_eq!(begin_all(&mut outbox, at(0)), [1]);
    assert_eq!(leaves(&mut outbox, at(500)), None, "nor while they are read");
    assert_eq!(outbox.next_due(), None, "nothing is due until the reading ends");
    assert_eq!(outbox.settle_attestation(at(900), key(1), Finding::Attested), None);
    assert_eq!(leaves(&mut outbox, at(900)), Some((1, false)));
    // A failed attempt does not lead to another reading.
    let failed = AttemptResult::failed("busy");
    assert_eq!(outbox.settle(at(1000), &key(1).into(), failed), None);
    assert_eq!(begin_all(&mut outbox, at(60_000)), [0_u64; 0]);
    assert_eq!(leaves(&mut outbox, at(60_000)), Some((1, false)));
}

#[test]
fn an_order_without_such_posts_leaves_at_once() {
    let mut outbox = outbox(8);
    outbox.accept_bare(at(0), key(1), at(0), Effect::Authorize(payment(1, "tok_1")));
    assert_eq!(begin_all(&mut outbox, at(0)), [0_u64; 0]);
    assert_eq!(leaves(&mut outbox, at(0)), Some((1, false)));
}

#[test]
fn what_is_found_otherwise_is_never_charged() {
    for (refuted, why) in [(Refuted::Gone, Unattested::Gone), (Refuted::Differs, Unattested::Differs)] {
        let mut outbox = outbox(8);
        accept(&mut outbox, at(0), 1, 42);
        assert_eq!(begin_all(&mut outbox, at(0)), [1]);
        let report = outbox.settle_attestation(at(10), key(1), Finding::Refuted(refuted));
        assert_eq!(report, Some(Report::Unattested { id: id(1), key: key(1), why }));
        assert!(outbox.is_idle(), "nothing is left");
        assert_eq!(leaves(&mut outbox, at(100_000)), None);
    }
}

#[test]
fn a_server_that_is_away_is_asked_until_the_window_ends() {
    let mut outbox = outbox(8);
    accept(&mut outbox, at(0), 1, 42);
    let (mut now, mut readings, mut waits) = (at(0), 0, Vec::new());
    let report = loop {
        assert_eq!(begin_all(&mut outbox, now), [1]);
        readings += 1;
        let report = outbox.settle_attestation(now, key(1), Finding::Unreachable);
        if report.is_some() {
            break report;
        }
        assert_eq!(leaves(&mut outbox, now), None);
        let due = outbox.next_due().expect("it is tried again");
        waits.push(due.since(now).ms());
        now = due;
    };
    let why = Unattested::Unreachable;
    assert_eq!(report, Some(Report::Unattested { id: id(1), key: key(1), why }));
    assert_eq!(now, at(UNTIL_MS), "the last reading is at the end of the window");
    assert!((5..12).contains(&readings), "not too often: {waits:?}");
    assert!(waits.iter().all(|wait| *wait <= 30_000), "{waits:?}");
    assert_eq!(outbox.breaker(Lane::Cards), BreakerState::Closed, "the card provider said nothing");
}

#[test]
fn a_server_that_comes_back_in_time_sells() {
    let mut outbox = outbox(8);
    accept(&mut outbox, at(0), 1, 42);
    assert_eq!(begin_all(&mut outbox, at(0)), [1]);
    assert_eq!(outbox.settle_attestation(at(0), key(1), Finding::Unreachable), None);
    let due = outbox.next_due().unwrap();
    assert_eq!(begin_all(&mut outbox, due), [1]);
    assert_eq!(outbox.settle_attestation(due, key(1), Finding::Attested), None);
    assert_eq!(leaves(&mut outbox, due), Some((1, false)));
}

/// However late its first reading is, an order has one.
#[test]
fn a_reading_is_made_even_after_the_window() {
    let mut outbox = outbox(8);
    let late = at(UNTIL_MS + 1000);
    accept(&mut outbox, late, 1, 42);
    assert_eq!(begin_all(&mut outbox, late), [1]);
    assert_eq!(outbox.settle_attestation(late, key(1), Finding::Attested), None);
    assert_eq!(leaves(&mut outbox, late), Some((1, false)));
}

#[test]
fn servers_that_are_away_take_half_of_the_places_at_most() {
    let mut outbox = outbox(4);
    (1..=6).for_each(|number| accept(&mut outbox, at(0), number, number));
    assert_eq!(begin_all(&mut outbox, at(0)), [1, 2, 3, 4], "four places");
    for number in 1..=4 {
        assert_eq!(outbox.settle_attestation(at(10), key(number), Finding::Unreachable), None);
    }
    let later = at(30_000);
    let mut begun = begin_all(&mut outbox, later);
    assert_eq!(begun[..2], [5, 6], "first readings go before repeated ones");
    begun.sort_unstable();
    assert_eq!(begun.len(), 4);
    // While two repeated readings last, an order that comes now finds a place as soon as another one ends.
    assert_eq!(outbox.settle_attestation(later, key(5), Finding::Attested), None);
    assert_eq!(begin_all(&mut outbox, later), [0_u64; 0], "the other repeated readings wait");
    accept(&mut outbox, later, 7, 7);
    assert_eq!(begin_all(&mut outbox, later), [7]);
}

#[test]
fn no_author_has_two_readings_under_way() {
    let mut outbox = outbox(8);
    (1..=3).for_each(|number| accept(&mut outbox, at(0), number, 42));
    accept(&mut outbox, at(0), 4, 43);
    assert_eq!(begin_all(&mut outbox, at(0)), [1, 4]);
    assert_eq!(outbox.next_due(), None, "the others wait for an end, not for time");
    assert_eq!(outbox.settle_attestation(at(1), key(1), Finding::Attested), None);
    assert_eq!(begin_all(&mut outbox, at(1)), [2]);
}

/// What may have left before a restart is looked up first: its posts were read then.
#[test]
fn an_order_that_may_have_left_is_looked_up_before_its_posts_are_read() {
    for was_sent in [true, false] {
        let mut outbox = outbox(8);
        let (form, recorded_at, departure) = (KeyForm::Bare, at(0), Departure::Possible);
        let effect = order(1, 42);
        outbox.accept(at(1000), key(1), PendingEffect { form, recorded_at, effect, departure });
        assert_eq!(begin_all(&mut outbox, at(1000)), [0_u64; 0]);
        assert_eq!(leaves(&mut outbox, at(1000)), Some((1, true)));
        if was_sent {
            let done = AttemptResult::Done { reference: None, at: at(1000) };
            let report = outbox.settle(at(1001), &key(1).into(), done);
            assert_eq!(report, Some(Report::Authorized { id: id(1), key: key(1), reference: None }));
            continue;
        }
        assert_eq!(outbox.settle(at(1001), &key(1).into(), AttemptResult::NotFound), None);
        assert_eq!(leaves(&mut outbox, at(1001)), None, "it never left, so its posts are read first");
        assert_eq!(begin_all(&mut outbox, at(1001)), [1]);
        assert_eq!(outbox.settle_attestation(at(1002), key(1), Finding::Attested), None);
        assert_eq!(leaves(&mut outbox, at(1002)), Some((1, false)));
    }
}

/// A journal that reports the order done, or a reading that ends twice, leaves no place occupied.
#[test]
fn a_reading_for_which_nobody_waits_gives_its_place_back() {
    let mut outbox = outbox(1);
    accept(&mut outbox, at(0), 1, 42);
    accept(&mut outbox, at(0), 2, 43);
    assert_eq!(begin_all(&mut outbox, at(0)), [1]);
    outbox.done(key(1));
    assert_eq!(begin_all(&mut outbox, at(0)), [0_u64; 0], "it still reads");
    let gone = Finding::Refuted(Refuted::Gone);
    assert_eq!(outbox.settle_attestation(at(1), key(1), gone), None);
    assert_eq!(outbox.settle_attestation(at(1), key(1), gone), None);
    assert_eq!(begin_all(&mut outbox, at(1)), [2]);
    let unknown = EffectKey { partition: 9, ..key(9) };
    assert_eq!(outbox.settle_attestation(at(1), unknown, gone), None);
}
