//! The schedule and the pacer, on a clock that only the test moves.

use crowd::{PostKind, PostPlan};
use loadgen::pacer::{Batch, Pacer};
use loadgen::population::Population;
use loadgen::scenario::Scenario;
use loadgen::schedule::{Schedule, ScheduledPost};

use super::steady;

const BEGINS_AT_MS: i64 = 1_360_774_800_000;

fn dues(scenario: &Scenario) -> Vec<ScheduledPost> {
    let population = Population::new(scenario).unwrap();
    Schedule::new(scenario, &population, BEGINS_AT_MS).unwrap().collect()
}

/// Moves the clock from one wake-up to the next until nothing is to come; returns each request with its time.
fn play(scenario: &Scenario, population: &Population, reactions: &[(u64, PostPlan)]) -> Vec<(u64, Batch)> {
    let schedule = Schedule::new(scenario, population, BEGINS_AT_MS).unwrap();
    let mut pacer = Pacer::new(population, schedule, BEGINS_AT_MS, scenario.sending);
    reactions.iter().for_each(|reaction| pacer.add_reaction(*reaction));
    let mut batches = Vec::new();
    while let Some(now_us) = pacer.wake_us() {
        while let Some(batch) = pacer.next_batch(now_us) {
            batches.push((now_us, batch));
        }
    }
    assert!(pacer.is_idle());
    batches
}

#[test]
fn the_same_seed_gives_the_same_schedule_in_order_of_time() {
    for more in [
        "",
        "[late]\nshare = 0.3\nmost_ms = 900",
        "[outage]\nfrom_s = 0.5\nfor_s = 1.0\nbacklog_per_s = 500.0",
    ] {
        let first = dues(&steady(more));
        assert_eq!(first, dues(&steady(more)));
        assert!(first.is_sorted_by_key(|due| due.at_us), "{more}");
        assert_ne!(first, dues(&steady(&format!("seed = 3\n{more}"))));
    }
}

#[test]
fn lateness_changes_the_delivery_and_not_the_post() {
    let (prompt, late) = (dues(&steady("")), dues(&steady("[late]\nshare = 0.3\nmost_ms = 900")));
    let posts = |dues: &[ScheduledPost]| {
        let mut posts: Vec<_> = dues.iter().map(|due| (due.post_id, due.posted_at_ms)).collect();
        posts.sort_unstable();
        posts
    };
    assert_eq!(posts(&prompt), posts(&late));
    assert!(!late.is_sorted_by_key(|due| due.posted_at_ms), "late posts are overtaken");
}

#[test]
fn nothing_is_delivered_in_an_outage_and_everything_afterwards() {
    let prompt = dues(&steady(""));
    let outage = dues(&steady("[outage]\nfrom_s = 0.5\nfor_s = 1.0\nbacklog_per_s = 500.0"));
    assert_eq!(prompt.len(), outage.len());
    assert!(outage.iter().all(|due| !(500_000..1_500_000).contains(&due.at_us)));
    let backlog: Vec<_> = outage
        .iter()
        .filter(|due| due.at_us >= 1_500_000 && due.posted_at_ms < BEGINS_AT_MS + 1_500)
        .collect();
    assert!(backlog.len() > 150 && !backlog.is_sorted_by_key(|due| due.posted_at_ms), "{}", backlog.len());
}

#[test]
fn bots_take_turns_behind_the_last_of_the_people() {
    let scenario = steady("[bots]\naccounts = 3\naccounts_per_card = 3\nposts_per_s = 10.0\nconfirm_ms = 5");
    let bots: Vec<_> =
        dues(&scenario).into_iter().filter_map(|due| due.plan).filter(|plan| plan.person >= 400).collect();
    assert_eq!(bots.len(), 20);
    assert!(bots.iter().zip(0..).all(|(plan, turn)| plan.person == 400 + turn % 3));
    assert_eq!((bots[2].kind, bots[3].kind), (PostKind::Claim, PostKind::ClaimAgain));
}

#[test]
fn posts_leave_when_they_are_due_or_have_lingered() {
    let scenario = steady("[send]\nbatch = 4\nlinger_us = 10000");
    let population = Population::new(&scenario).unwrap();
    let batches = play(&scenario, &population, &[]);
    let sent: usize = batches.iter().map(|(_, batch)| batch.posts.len()).sum();
    assert_eq!(sent, dues(&scenario).len());
    for (now_us, Batch { body, posts }) in &batches {
        assert!((1..=4).contains(&posts.len()));
        assert_eq!(body.iter().filter(|byte| **byte == b'\n').count(), posts.len());
        let waited_us = now_us - posts[0].scheduled_us;
        assert!(waited_us <= 10_000, "{waited_us}");
        assert!(posts.len() == 4 || waited_us == 10_000, "a request that is not full has lingered");
    }
}

#[test]
fn a_reaction_is_posted_at_its_time() {
    let scenario = steady("");
    let population = Population::new(&scenario).unwrap();
    let confirm = PostPlan { person: 7, target: 0, kind: PostKind::Confirm };
    let batches = play(&scenario, &population, &[(1_234_567, confirm), (90_000_000, confirm)]);
    let of_confirms =
        batches.iter().flat_map(|(_, batch)| &batch.posts).filter(|post| post.plan == Some(confirm));
    let at_us: Vec<u64> = of_confirms
        .map(|post| post.scheduled_us)
        .filter(|at_us| [1_234_567, 90_000_000].contains(at_us))
        .collect();
    assert_eq!(at_us, [1_234_567, 90_000_000]);
}
