//! As many people do a thing as the plan says, within four standard deviations.

use crate::{OPENING_MS, assert_share, crowd, parsed, text};
use crowd::{CardPlan, Crowd, CrowdPlan, HabitPlan, PostKind, PromptKind, Target, precedent};

const PEOPLE: u64 = 20_000;

#[test]
fn cards() {
    let cards = CardPlan {
        linked: 0.9,
        prepaid: 0.05,
        decline: 0.10,
        slow: 0.08,
        timeout_before: 0.06,
        timeout_after: 0.04,
        error: 0.02,
    };
    let plan = CrowdPlan { accounts: PEOPLE, cards, ..CrowdPlan::default() };
    let crowd = Crowd::new(plan, 21).unwrap();
    let mut accounts = Vec::new();
    for person in 0..PEOPLE {
        crowd.write_account(&mut accounts, person);
    }
    let cards: Vec<_> =
        accounts.split_inclusive(|byte| *byte == b'\n').map(|line| parsed(line)["card"].clone()).collect();
    assert_share(cards.len(), PEOPLE as usize, 0.9);
    let prepaid = cards.iter().filter(|card| card["funding"] == "prepaid").count();
    assert_share(prepaid, cards.len(), 0.05);
    for (prefix, share) in [
        ("tok_ok_", 0.70),
        ("tok_decline_", 0.10),
        ("tok_slow_", 0.08),
        ("tok_timeout_before_", 0.06),
        ("tok_timeout_after_", 0.04),
        ("tok_error_", 0.02),
    ] {
        let count = cards.iter().filter(|card| card["token"].as_str().unwrap().starts_with(prefix)).count();
        assert_share(count, cards.len(), share);
    }
}

#[test]
fn wishes_follow_popularity_or_zipf() {
    let weighted = crowd(PEOPLE, 2);
    let sum: f64 = precedent::OFFERS.iter().map(|offer| offer.popularity).sum();
    let untold = |target: Target| Target { popularity: None, ..target };
    let targets = precedent::targets().into_iter().map(untold).collect();
    let zipf = Crowd::new(CrowdPlan { accounts: PEOPLE, targets, ..CrowdPlan::default() }, 2).unwrap();
    let harmonic: f64 = (1..=6).map(|place| 1.0 / f64::from(place)).sum();
    for (target, offer) in precedent::OFFERS.iter().enumerate() {
        for round in [0, 1] {
            let wanting = |crowd: &Crowd| {
                (0..PEOPLE).filter(|person| crowd.wanted_target(*person, round) == target).count()
            };
            assert_share(wanting(&weighted), PEOPLE as usize, offer.popularity / sum);
            assert_share(wanting(&zipf), PEOPLE as usize, 1.0 / (target + 1) as f64 / harmonic);
        }
    }
}

#[test]
fn reactions_to_a_prompt() {
    let habits = HabitPlan {
        silent: 0.2,
        cancels: 0.1,
        confirms_early: 0.05,
        leaves_line: 0.25,
        ..HabitPlan::default()
    };
    let crowd = Crowd::new(CrowdPlan { accounts: PEOPLE, habits, ..CrowdPlan::default() }, 6).unwrap();
    for (answer, stays) in [(PromptKind::Reserved, 1.0), (PromptKind::Promoted, 0.75)] {
        let posts: Vec<_> = (0..PEOPLE).filter_map(|person| crowd.reaction(person, 1, answer)).collect();
        assert!(posts.iter().all(|(_, post)| post.target == 1));
        let count = |kind| posts.iter().filter(|(_, post)| post.kind == kind).count();
        assert_share(count(PostKind::Confirm), PEOPLE as usize, 0.65 * stays);
        assert_share(count(PostKind::Cancel), PEOPLE as usize, 0.10 * stays);
        assert_eq!(posts.len(), count(PostKind::Confirm) + count(PostKind::Cancel));
        let quick = posts.iter().filter(|(delay_ms, _)| *delay_ms < 4_000).count();
        assert_share(quick, posts.len(), 0.5);
    }
}

#[test]
fn ways_of_writing() {
    let crowd = crowd(PEOPLE, 14);
    let buy = &crowd.plan().targets[0].buy;
    let (mut other_case, mut chatty, mut escaped) = (0, 0, 0);
    for person in 0..PEOPLE {
        let mut line = Vec::new();
        crowd.write_claim(&mut line, person, 0, person, OPENING_MS);
        let text = text(&line);
        other_case += usize::from(!text.contains(buy.as_str()));
        let plain = [format!("i want to #{buy}"), format!("#{buy}")];
        chatty += usize::from(!plain.iter().any(|plain| plain.eq_ignore_ascii_case(&text)));
        escaped += usize::from(line.windows(6).any(|bytes| bytes == br"\u0023"));
    }
    assert_share(other_case, PEOPLE as usize, 0.10);
    assert_share(chatty, PEOPLE as usize, 0.30);
    assert_share(escaped, PEOPLE as usize, 0.01);
}

/// Two seeds agree on a person as often as chance has it: no decision forgets the seed.
#[test]
fn seeds_decide_apart() {
    let (one, other) = (crowd(PEOPLE, 1), crowd(PEOPLE, 2));
    let agree = |same: &dyn Fn(u64) -> bool| (0..PEOPLE).filter(|person| same(*person)).count();
    let targets = agree(&|person| one.wanted_target(person, 0) == other.wanted_target(person, 0));
    let sum: f64 = precedent::OFFERS.iter().map(|offer| offer.popularity).sum();
    let by_chance = precedent::OFFERS.iter().map(|offer| (offer.popularity / sum).powi(2)).sum();
    assert_share(targets, PEOPLE as usize, by_chance);
    let rounds = agree(&|person| one.wanted_target(person, 0) == one.wanted_target(person, 1));
    assert_share(rounds, PEOPLE as usize, by_chance);
    let linked = agree(&|person| one.is_linked(person) == other.is_linked(person));
    assert_share(linked, PEOPLE as usize, 0.97 * 0.97 + 0.03 * 0.03);
    let reacts =
        |crowd: &Crowd, person| crowd.reaction(person, 0, PromptKind::Reserved).map(|(_, post)| post.kind);
    let kinds = agree(&|person| reacts(&one, person) == reacts(&other, person));
    assert_share(kinds, PEOPLE as usize, 0.80 * 0.80 + 0.16 * 0.16 + 0.04 * 0.04);
}
