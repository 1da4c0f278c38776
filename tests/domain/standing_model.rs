//! A naive model of the words of an account: a list of all that was heard, searched from its front for every
//! question. Whatever is delivered late, again or in another order, the last word by the posts' own time holds.

use flashtag::actors::partition::{DecisionBatch, PartitionState};
use flashtag::domain::account_status::AccountStatus;
use flashtag::domain::command::{Command, Intent, PostCommand};
use flashtag::domain::id::{Network, PostId};
use flashtag::domain::outcome::Outcome;
use flashtag::domain::session::CLOCK_SKEW;
use flashtag::domain::time::Millis;
use proptest::prelude::*;

use super::world::{account, link, ms};

/// What is delivered a second after the one before: a word with its number, or the shop's unfreezing.
#[derive(Debug, Clone)]
enum Heard {
    Word(u8),
    Unfreezing,
}

/// The word of that number: what it says, and when it was said. Some are of one instant.
fn word(number: u8) -> (Intent, i64) {
    let intent = [Intent::Stop, Intent::Start, Intent::Freeze][usize::from(number) % 3].clone();
    (intent, i64::from(number / 4))
}

#[derive(Default)]
struct Model {
    /// Words on replies, as (when, which number).
    replies: Vec<(i64, u8)>,
    freezes: Vec<(i64, u8)>,
    unfrozen_at: Option<i64>,
}

impl Model {
    /// What is answered, and whether as a repetition.
    fn hear(&mut self, number: u8) -> (Outcome, bool) {
        let (intent, said_at) = word(number);
        let frozen_before = self.unfrozen_at.is_some_and(|at| said_at < at) && intent == Intent::Freeze;
        let words = if intent == Intent::Freeze { &mut self.freezes } else { &mut self.replies };
        if frozen_before || words.iter().any(|other| *other > (said_at, number)) {
            return (Outcome::Stale, false);
        }
        let again = words.contains(&(said_at, number));
        words.push((said_at, number));
        let outcome = match intent {
            Intent::Stop => Outcome::OptedOut,
            Intent::Start => Outcome::OptedIn,
            _ => Outcome::Frozen,
        };
        (outcome, again)
    }

    fn status(&self) -> AccountStatus {
        let last = self.replies.iter().max();
        let silent = last.is_some_and(|(_, number)| word(*number).0 == Intent::Stop);
        let frozen =
            self.freezes.iter().any(|(at, _)| self.unfrozen_at.is_none_or(|unfrozen| *at >= unfrozen));
        AccountStatus { frozen, silent }
    }
}

fn said(number: u8) -> PostCommand {
    let (intent, said_at) = word(number);
    PostCommand {
        post: PostId::parse(Network::X, &format!("{}", 1000 + u32::from(number))).expect("a number"),
        account: account(1),
        posted_at: ms(said_at * 1000),
        intent,
        link: Some(link(&account(1))),
        units: 1,
        account_since: None,
        status: AccountStatus::default(),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_last_word_of_an_account_stands_in_whatever_order_words_arrive(
        deliveries in prop::collection::vec(
            prop_oneof![9 => (0_u8..40).prop_map(Heard::Word), 1 => Just(Heard::Unfreezing)], 1..60),
    ) {
        let (mut partition, mut model) = (PartitionState::new(0), Model::default());
        for (heard, second) in deliveries.iter().zip(20_i64..) {
            let (now, mut batch) = (ms(second * 1000), DecisionBatch::default());
            match heard {
                Heard::Word(number) => {
                    let answer = partition.turn(now, &Command::Say(said(*number)), &mut batch).expect("an answer");
                    prop_assert_eq!((answer.outcome, answer.duplicate), model.hear(*number), "word {}", number);
                }
                Heard::Unfreezing => {
                    partition.turn(now, &Command::Unfreeze(account(1)), &mut batch);
                    // Where nothing is frozen, there is nothing to be said.
                    if model.status().frozen {
                        model.unfrozen_at = Some(second);
                    }
                }
            }
            prop_assert_eq!(partition.status_of(&account(1)), model.status(), "after {:?}", heard);
        }
    }
}

/// Delivered again when its time has come, it would pass for a later word than it is.
#[test]
fn a_word_from_further_ahead_than_a_clock_may_be_is_refused_and_changes_nothing() {
    let (now, moment) = (ms(20_000), Millis::from_ms(1));
    let table = [
        (Intent::Stop, CLOCK_SKEW, Outcome::OptedOut, AccountStatus { silent: true, frozen: false }),
        (Intent::Freeze, CLOCK_SKEW, Outcome::Frozen, AccountStatus { silent: false, frozen: true }),
        (Intent::Stop, CLOCK_SKEW.plus(moment), Outcome::Future, AccountStatus::default()),
        (Intent::Start, CLOCK_SKEW.plus(moment), Outcome::Future, AccountStatus::default()),
        (Intent::Freeze, CLOCK_SKEW.plus(moment), Outcome::Future, AccountStatus::default()),
    ];
    for (intent, ahead, outcome, status) in table {
        let (mut partition, mut batch) = (PartitionState::new(0), DecisionBatch::default());
        let word = PostCommand { posted_at: now.plus(ahead), intent: intent.clone(), ..said(0) };
        let answer = partition.turn(now, &Command::Say(word.clone()), &mut batch).expect("an answer");
        assert_eq!(answer.outcome, outcome, "{intent:?} {ahead:?} ahead");
        assert_eq!(partition.status_of(&account(1)), status, "{intent:?} {ahead:?} ahead");
        assert_eq!(batch.records.is_empty(), outcome == Outcome::Future, "{intent:?} {ahead:?} ahead");
        // As soon as it is no further ahead than a clock may be, it is heard.
        let later = partition.turn(now.plus(moment), &Command::Say(word), &mut batch).expect("an answer");
        assert_ne!(later.outcome, Outcome::Future, "{intent:?} {ahead:?} ahead");
    }
}

/// The network's clock may be a little ahead of ours, and an operator may be quick.
#[test]
fn a_freeze_that_is_delivered_again_does_not_undo_the_unfreezing() {
    for ahead in [0, 500] {
        let (mut partition, mut batch) = (PartitionState::new(0), DecisionBatch::default());
        let freeze = |number: u8| Command::Say(PostCommand { posted_at: ms(20_000 + ahead), ..said(number) });
        partition.turn(ms(20_000), &freeze(2), &mut batch);
        assert!(partition.status_of(&account(1)).frozen);
        partition.turn(ms(20_000), &Command::Unfreeze(account(1)), &mut batch);
        let again = partition.turn(ms(21_000), &freeze(2), &mut batch).expect("an answer");
        assert_eq!(again.outcome, Outcome::Stale, "{ahead} ms ahead");
        assert!(!partition.status_of(&account(1)).frozen, "{ahead} ms ahead");
        // Another one is another one.
        partition.turn(
            ms(22_000),
            &Command::Say(PostCommand { posted_at: ms(22_000), ..said(5) }),
            &mut batch,
        );
        assert!(partition.status_of(&account(1)).frozen, "{ahead} ms ahead");
    }
}
