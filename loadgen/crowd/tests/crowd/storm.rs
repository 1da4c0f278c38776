//! A burst is in time order, complete, and its mischief is what it claims to be.

use crate::{OPENING_MS, arrivals, assert_share, crowd, line};
use crowd::{Arrival, ArrivalKind, Burst, BurstPlan, Crowd, CrowdPlan, HabitPlan, Noise, PostIds, PostKind};
use std::collections::{HashMap, HashSet};

fn kind(arrival: &Arrival) -> Option<PostKind> {
    match arrival.what {
        ArrivalKind::Post(post) => Some(post.kind),
        ArrivalKind::Noise => None,
    }
}

fn author(arrival: &Arrival) -> Option<u64> {
    match arrival.what {
        ArrivalKind::Post(post) => Some(post.person),
        ArrivalKind::Noise => None,
    }
}

/// The arrivals without those of a post that had arrived before.
fn firsts(all: &[Arrival]) -> Vec<Arrival> {
    let mut met = HashSet::new();
    all.iter().filter(|arrival| met.insert(arrival.post_id)).copied().collect()
}

fn without_mischief() -> HabitPlan {
    HabitPlan {
        confirms_early: 0.0,
        redelivered: 0.0,
        posts_again: 0.0,
        reposted: 0.0,
        manual_rt: 0.0,
        ..HabitPlan::default()
    }
}

#[test]
fn time_order_and_numbers_hold_for_any_seed() {
    for seed in 0..40 {
        let crowd = crowd(1 + seed * 13, seed);
        let plan = BurstPlan {
            claims: 50 + seed * 7,
            steady: (seed % 5) as f64 / 4.0,
            burst_ms: seed * 40,
            span_ms: 100 + seed * 300,
            noise_per_claim: (seed % 12) as f64,
        };
        let all = arrivals(&crowd, &plan);
        assert!(all.is_sorted_by_key(|arrival| arrival.at_ms));
        let firsts = firsts(&all);
        let count = |wanted| firsts.iter().filter(|arrival| kind(arrival) == wanted).count() as u64;
        assert_eq!(count(Some(PostKind::Claim)), plan.claims);
        assert_eq!(count(None), plan.claims * (seed % 12));
        for arrival in &all {
            let arrival_ms = OPENING_MS + arrival.at_ms as i64;
            assert!((OPENING_MS..=arrival_ms).contains(&arrival.posted_at_ms));
        }
        assert_eq!(all, arrivals(&crowd, &plan));
    }
}

#[test]
fn ids_grow_with_the_time_of_posting() {
    let crowd = crowd(3_000, 9);
    let plan = BurstPlan { claims: 3_000, ..BurstPlan::default() };
    for ids in [PostIds::counting(5), PostIds::snowflake(3)] {
        let all: Vec<Arrival> = Burst::new(&crowd, &plan, OPENING_MS, ids).collect();
        let mut firsts = firsts(&all);
        firsts.sort_by_key(|arrival| arrival.post_id);
        assert!(firsts.is_sorted_by_key(|arrival| arrival.posted_at_ms));
    }
}

#[test]
fn everybody_claims_once_before_anybody_claims_anew() {
    let crowd =
        Crowd::new(CrowdPlan { accounts: 500, habits: without_mischief(), ..CrowdPlan::default() }, 4)
            .unwrap();
    let plan = BurstPlan { claims: 1_250, noise_per_claim: 0.0, ..BurstPlan::default() };
    let people: Vec<u64> = arrivals(&crowd, &plan).iter().filter_map(author).collect();
    assert_eq!(people.len(), 1_250);
    for round in people.chunks(500) {
        assert_eq!(round.iter().collect::<HashSet<_>>().len(), round.len());
    }
    assert_ne!(people[..500], people[500..1_000].iter().rev().copied().collect::<Vec<_>>()[..]);
}

#[test]
fn the_rush_is_sharp_and_the_rest_is_even() {
    let crowd = Crowd::new(CrowdPlan { habits: without_mischief(), ..CrowdPlan::default() }, 12).unwrap();
    let plan =
        BurstPlan { claims: 10_000, steady: 0.3, burst_ms: 800, span_ms: 20_000, noise_per_claim: 1.0 };
    let all = arrivals(&crowd, &plan);
    let early = |claims: bool| {
        all.iter().filter(|arrival| kind(arrival).is_some() == claims && arrival.at_ms < 800).count()
    };
    assert_share(early(true), 10_000, 0.7 * (1.0 - (-1.0_f64).exp()) + 0.3 * 0.04);
    assert_share(early(false), 10_000, 0.04);
}

#[test]
fn mischief_has_its_shares() {
    let habits = HabitPlan {
        silent: 0.1,
        cancels: 0.1,
        confirms_early: 0.05,
        redelivered: 0.08,
        posts_again: 0.07,
        reposted: 0.06,
        manual_rt: 0.03,
        ..HabitPlan::default()
    };
    let crowd = Crowd::new(CrowdPlan { habits, ..CrowdPlan::default() }, 31).unwrap();
    let all = arrivals(&crowd, &BurstPlan { claims: 10_000, noise_per_claim: 0.5, ..BurstPlan::default() });
    let firsts = firsts(&all);
    let share = |test: fn(PostKind) -> bool, share| {
        assert_share(firsts.iter().filter_map(kind).filter(|kind| test(*kind)).count(), 10_000, share);
    };
    share(|kind| kind == PostKind::Confirm, 0.05);
    share(|kind| kind == PostKind::ClaimAgain, 0.07);
    share(|kind| matches!(kind, PostKind::Repost { .. }), 0.06);
    share(|kind| matches!(kind, PostKind::ManualRt { .. }), 0.03);
    assert_share(all.len() - firsts.len(), 10_000, 0.08);
}

#[test]
fn every_kind_of_bad_post_behaves_as_named() {
    let crowd = crowd(10_000, 17);
    let noise = Noise::new(&crowd.plan().targets, 17);
    let mut claims: HashMap<u64, Arrival> = HashMap::new();
    let mut confirmed: HashMap<u64, Arrival> = HashMap::new();
    for arrival in arrivals(&crowd, &BurstPlan::default()) {
        let Some(person) = author(&arrival) else { continue };
        match kind(&arrival).unwrap() {
            PostKind::Claim => {
                if let Some(early) = confirmed.get(&person) {
                    assert!(arrival.posted_at_ms < early.posted_at_ms, "the confirmation overtook its claim");
                }
                if let Some(first) = claims.insert(arrival.post_id, arrival) {
                    assert_eq!(line(&crowd, &noise, &first), line(&crowd, &noise, &arrival));
                }
            }
            PostKind::Confirm => {
                assert!(claims.values().all(|claim| author(claim) != Some(person)), "delivered first");
                confirmed.insert(person, arrival);
            }
            PostKind::Repost { claimant, claim_id } => {
                assert_ne!(claimant, person);
                assert_eq!(author(&claims[&claim_id]), Some(claimant));
            }
            PostKind::ManualRt { claimant } => assert_ne!(claimant, person),
            PostKind::ClaimAgain => {}
            PostKind::Cancel => panic!("no account cancels without a prompt"),
        }
    }
    assert!(confirmed.len() > 50);
}

#[test]
fn no_account_reposts_its_own_post() {
    let habits = HabitPlan { reposted: 1.0, manual_rt: 1.0, ..without_mischief() };
    let crowd = Crowd::new(CrowdPlan { accounts: 2, habits, ..CrowdPlan::default() }, 1).unwrap();
    let all = arrivals(&crowd, &BurstPlan { claims: 2, noise_per_claim: 0.0, ..BurstPlan::default() });
    assert_eq!(all.len(), 6);
    for arrival in all {
        if let Some(PostKind::Repost { claimant, .. } | PostKind::ManualRt { claimant }) = kind(&arrival) {
            assert_ne!(Some(claimant), author(&arrival));
        }
    }
}

#[test]
fn extreme_plans_end() {
    let crowd = crowd(1, 1);
    let plan = |span_ms, steady, noise_per_claim| BurstPlan {
        claims: 20,
        steady,
        burst_ms: 0,
        span_ms,
        noise_per_claim,
    };
    assert!(arrivals(&crowd, &plan(0, 0.5, 1.0)).len() >= 40);
    assert!(arrivals(&crowd, &plan(u64::MAX, 7.0, -3.0)).len() >= 20);
    assert!(arrivals(&crowd, &plan(u64::MAX, f64::NAN, f64::NAN)).len() >= 20);
    assert!(arrivals(&crowd, &BurstPlan { claims: 0, ..BurstPlan::default() }).is_empty());
}
