//! What must hold of orders that rest on posts of which a relay told: no card pays for a post that nobody wrote, an order whose
//! posts are there is not called off as if they were not, and who gets nothing is told why.

use std::collections::BTreeMap;

use flashtag::domain::decision::Record;
use flashtag::domain::effect::{About, Effect, Payment};
use flashtag::domain::event::Event;
use flashtag::domain::heard_posts::{HeardPost, Unattested};
use flashtag::domain::id::EffectKey;

use super::judge::History;
use super::peer::Peer;
use super::world::World;

/// Checks the orders of a network that is read through relays. Returns those that were called off, by reason.
pub(super) fn check_attested<P: Peer>(world: &World<P>, history: &History) -> BTreeMap<&'static str, u64> {
    let (asked, mut called_off) = (asked(history), BTreeMap::new());
    for (_, _, record) in history {
        for event in &record.decision.events {
            match event {
                Event::Authorized(authorized) => check_paid(world, asked[&authorized.key]),
                Event::Declined { key, reason, .. } => {
                    let Some(why) = Unattested::ALL.into_iter().find(|why| why.reason() == reason.as_str())
                    else {
                        continue;
                    };
                    check_called_off(world, asked[key], why);
                    check_told(record, why);
                    *called_off.entry(why.reason()).or_default() += 1;
                }
                _ => {}
            }
        }
    }
    called_off
}

/// The payments that were to be authorized.
fn asked(history: &History) -> BTreeMap<EffectKey, &Payment> {
    let mut asked = BTreeMap::new();
    for (partition, sequence, record) in history {
        for (index, effect) in (0..).zip(&record.decision.effects) {
            if let Effect::Authorize(payment) = effect {
                asked.insert(EffectKey { partition: *partition, sequence: *sequence, index }, payment);
            }
        }
    }
    asked
}

fn posts(payment: &Payment) -> &[HeardPost] {
    payment.heard.as_ref().map_or(&[], |heard| &heard.posts)
}

fn check_paid<P: Peer>(world: &World<P>, payment: &Payment) {
    assert_eq!(payment.heard.is_some(), P::IS_RELAYED, "posts are read again where relays tell of them");
    let invented = posts(payment).iter().find(|post| !world.relays.is_written(post));
    assert_eq!(invented, None, "a card paid for what nobody wrote");
}

/// What is there, and can be read, loses nobody an order.
fn check_called_off<P: Peer>(world: &World<P>, payment: &Payment, why: Unattested) {
    let is_deleted = |post: &HeardPost| world.deleted.iter().any(|id| P::post_id(id) == post.post);
    let is_wrong = |post: &HeardPost| !world.relays.is_written(post) || is_deleted(post);
    assert!(
        why == Unattested::Unreachable || posts(payment).iter().any(is_wrong),
        "an order is called off by {why:?}, though its posts are there: {payment:?}"
    );
}

/// Checks that the decision that calls an order off tells its buyer.
fn check_told(Record { decision, .. }: &Record, why: Unattested) {
    let is_told = decision.effects.iter().any(|effect| match effect {
        Effect::Reply(request) | Effect::Email { request, .. } => {
            request.about == Some(About::Unattested(why))
        }
        _ => false,
    });
    assert!(is_told, "nobody is told of {why:?}: {decision:?}");
}
