//! How few units are left, as the reply to a claim tells it.

use flashtag::domain::command::Intent;
use flashtag::domain::effect::{About, Effect, ReplyRequest};
use flashtag::domain::id::OfferNo;
use flashtag::domain::rules::DrawRule;
use flashtag::domain::terms::Terms;
use flashtag::domain::time::Millis;

use super::world::{CardResult, World, ms, post, post_command, terms};

const OFFER: OfferNo = OfferNo(0);

/// The number `who` claims `units`; returns the replies.
fn claim(world: &mut World, who: u32, units: u32) -> Vec<ReplyRequest> {
    let intent = Intent::Buy(OFFER);
    let mut command = post_command(who, post(5_000_000 + u64::from(who)), world.now, intent);
    command.units = units;
    let decisions = world.submit(command).expect("the claim is accepted");
    replies(decisions.iter().flat_map(|decision| &decision.effects))
}

fn replies<'e>(effects: impl Iterator<Item = &'e Effect>) -> Vec<ReplyRequest> {
    let replies = effects.filter_map(|effect| match effect {
        Effect::Reply(request) | Effect::Email { request, .. } => Some(request.clone()),
        _ => None,
    });
    replies.collect()
}

fn offer(units: u32, agree: impl FnOnce(&mut Terms)) -> World {
    let mut terms = Terms { units, limit_per_account: 60, ..terms("kindle") };
    agree(&mut terms);
    World::new(ms(0), [terms])
}

fn told(replies: &[ReplyRequest]) -> Vec<&'static str> {
    replies.iter().map(|request| request.left.words()).collect()
}

/// Columns: units of the offer, units that are claimed, what the reply tells of the others.
#[test]
fn the_reply_to_a_claim_tells_how_few_units_it_leaves() {
    let table = [
        (100, 1, ""),
        (51, 1, ""),
        (50, 1, "fewer than 50"),
        (60, 50, "fewer than 50"),
        (60, 51, "fewer than 10"),
        (10, 1, "fewer than 10"),
        (3, 1, "fewer than 10"),
        (2, 1, "last one"),
        (1, 1, ""),
        (2, 5, ""),
    ];
    for (units, claimed, words) in table {
        let mut world = offer(units, |_| {});
        assert_eq!(told(&claim(&mut world, 1, claimed)), [words], "{claimed} of {units}");
    }
}

#[test]
fn before_and_after_a_draw_nothing_is_told() {
    let mut world = offer(5, |terms| {
        let seed = "5a".repeat(32).parse().expect("a seed");
        terms.rules.draw = Some(DrawRule { window: Millis::from_secs(60), seed });
    });
    assert_eq!(told(&claim(&mut world, 1, 1)), [""]);
    let drawn = world.advance(ms(120_000));
    let promoted = replies(drawn.iter().flat_map(|decision| &decision.effects));
    assert_eq!(told(&promoted), [""]);
    assert_eq!(told(&claim(&mut world, 2, 1)), [""]);
}

#[test]
fn who_waits_is_not_told_how_few_are_left_and_who_buys_is() {
    let mut world = offer(3, |terms| terms.confirm_within = Millis::ZERO);
    assert_eq!(told(&claim(&mut world, 1, 1)), [""; 0], "the sale is the answer");
    world.card(CardResult::Approve).expect("an authorization");
    let sold = world.card(CardResult::Approve).expect("a capture");
    assert_eq!(told(&replies(sold.effects.iter())), ["fewer than 10"; 2]);
    let mut world = offer(1, |_| {});
    claim(&mut world, 1, 1);
    assert_eq!(told(&claim(&mut world, 2, 1)), [""]);
}

#[test]
fn a_letter_tells_what_was_left_when_it_was_decided() {
    let mut world = offer(4, |terms| {
        terms.prompt_patience = Millis::from_secs(60);
        terms.rules.reminder = true;
    });
    assert_eq!(told(&claim(&mut world, 1, 1)), ["fewer than 10"]);
    claim(&mut world, 2, 2);
    let due: Vec<_> = world.advance(ms(60_000));
    let letters = replies(due.iter().flat_map(|decision| &decision.effects));
    assert_eq!(told(&letters), ["last one"; 2]);
    let about: Vec<_> = letters.into_iter().map(|letter| letter.about).collect();
    assert_eq!(about, [Some(About::ReminderFollows), Some(About::ReminderFollows)]);
    world.assert_replays();
}
