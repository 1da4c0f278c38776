//! A person's nature, decided by hash: the card that they linked and how they answer a prompt.

use crate::hash::{Question, ask, unit};
use crate::plan::{CardPlan, HabitPlan};
use crate::post::Answer;
use std::f64::consts::TAU;

/// How a person answers a prompt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Temper {
    Confirms,
    ConfirmsEarly,
    Cancels,
    Silent,
}

/// A person, as far as the hash needs to know them.
#[derive(Clone, Copy)]
pub(crate) struct Person {
    pub(crate) seed: u64,
    pub(crate) index: u64,
}

impl Person {
    /// The bits that answer a question about this person.
    pub(crate) fn bits(self, question: Question) -> u64 {
        ask(self.seed, self.index, question)
    }

    /// Whether this person is among the `share` of people that the question is about.
    pub(crate) fn is_among(self, share: f64, question: Question) -> bool {
        unit(self.bits(question)) < share
    }

    pub(crate) fn temper(self, habits: &HabitPlan) -> Temper {
        let roll = unit(self.bits(Question::Temper));
        let cancels_below = habits.silent + habits.cancels;
        if roll < habits.silent {
            Temper::Silent
        } else if roll < cancels_below {
            Temper::Cancels
        } else if roll < cancels_below + habits.confirms_early {
            Temper::ConfirmsEarly
        } else {
            Temper::Confirms
        }
    }

    /// The token prefix that tells a sandbox provider how the card behaves.
    pub(crate) fn card_luck(self, cards: &CardPlan) -> &'static str {
        let luck = [
            (cards.decline, "tok_decline_"),
            (cards.slow, "tok_slow_"),
            (cards.timeout_before, "tok_timeout_before_"),
            (cards.timeout_after, "tok_timeout_after_"),
            (cards.error, "tok_error_"),
        ];
        let mut roll = unit(self.bits(Question::CardLuck));
        for (share, prefix) in luck {
            if roll < share {
                return prefix;
            }
            roll -= share;
        }
        "tok_ok_"
    }

    /// Milliseconds from the prompt to this person's answer: log-normal, as human reaction times are.
    pub(crate) fn answer_delay_ms(self, habits: &HabitPlan, answer: Answer) -> u64 {
        let turn = match answer {
            Answer::Reserved => 0,
            Answer::Promoted => 1 << 63,
        };
        let radius = 1.0 - unit(self.bits(Question::DelayRadius) ^ turn);
        let angle = unit(self.bits(Question::DelayAngle) ^ turn);
        let normal = (-2.0 * radius.ln()).sqrt() * (TAU * angle).cos();
        (habits.confirm_median_ms as f64 * (habits.confirm_sigma * normal).exp()) as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn people(count: u64) -> impl Iterator<Item = Person> {
        (0..count).map(|index| Person { seed: 77, index })
    }

    #[test]
    fn tempers_have_the_shares_of_the_plan() {
        let habits = HabitPlan { silent: 0.2, cancels: 0.1, confirms_early: 0.05, ..HabitPlan::default() };
        let count = |temper| people(20_000).filter(|person| person.temper(&habits) == temper).count();
        assert!((3_700..4_300).contains(&count(Temper::Silent)));
        assert!((1_800..2_200).contains(&count(Temper::Cancels)));
        assert!((850..1_150).contains(&count(Temper::ConfirmsEarly)));
        assert!((12_650..13_350).contains(&count(Temper::Confirms)));
    }

    #[test]
    fn delays_are_log_normal_about_the_median() {
        let habits = HabitPlan { confirm_median_ms: 4_000, confirm_sigma: 0.8, ..HabitPlan::default() };
        let mut delays_ms: Vec<u64> =
            people(20_000).map(|person| person.answer_delay_ms(&habits, Answer::Reserved)).collect();
        delays_ms.sort_unstable();
        // The quantiles of a log-normal: median * exp(sigma * z), with z = -1, 0 and 1.
        assert!((1_700..1_900).contains(&delays_ms[3_173]), "{}", delays_ms[3_173]);
        assert!((3_850..4_150).contains(&delays_ms[10_000]), "{}", delays_ms[10_000]);
        assert!((8_600..9_250).contains(&delays_ms[16_827]), "{}", delays_ms[16_827]);
    }

    #[test]
    fn without_spread_everyone_takes_the_median() {
        let habits = HabitPlan { confirm_sigma: 0.0, ..HabitPlan::default() };
        assert!(people(100).all(|person| person.answer_delay_ms(&habits, Answer::Promoted) == 4_000));
    }
}
