//! A person's traits, decided by hash: the linked card, and the response to a prompt.

use crate::hashing::{RandomStream, hash_bits, unit};
use crate::plan::{CardPlan, HabitPlan};
use crate::post::PromptKind;
use std::f64::consts::TAU;

/// How a person responds to a prompt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PromptResponse {
    Confirms,
    ConfirmsEarly,
    Cancels,
    Silent,
}

/// A person: the inputs of the hash.
#[derive(Clone, Copy)]
pub(crate) struct Person {
    pub(crate) seed: u64,
    pub(crate) index: u64,
}

impl Person {
    /// Returns the person's bits of a stream.
    pub(crate) fn bits(self, stream: RandomStream) -> u64 {
        hash_bits(self.seed, self.index, stream)
    }

    /// Tells whether the person belongs to a `share` of all people, chosen by the stream.
    pub(crate) fn is_among(self, share: f64, stream: RandomStream) -> bool {
        unit(self.bits(stream)) < share
    }

    pub(crate) fn prompt_response(self, habits: &HabitPlan) -> PromptResponse {
        let roll = unit(self.bits(RandomStream::PromptResponse));
        let cancels_below = habits.silent + habits.cancels;
        if roll < habits.silent {
            PromptResponse::Silent
        } else if roll < cancels_below {
            PromptResponse::Cancels
        } else if roll < cancels_below + habits.confirms_early {
            PromptResponse::ConfirmsEarly
        } else {
            PromptResponse::Confirms
        }
    }

    /// Returns the token prefix that tells a sandbox provider how the card behaves.
    pub(crate) fn card_token_prefix(self, cards: &CardPlan) -> &'static str {
        let prefixes = [
            (cards.decline, "tok_decline_"),
            (cards.slow, "tok_slow_"),
            (cards.timeout_before, "tok_timeout_before_"),
            (cards.timeout_after, "tok_timeout_after_"),
            (cards.error, "tok_error_"),
        ];
        let mut roll = unit(self.bits(RandomStream::CardBehavior));
        for (share, prefix) in prefixes {
            if roll < share {
                return prefix;
            }
            roll -= share;
        }
        "tok_ok_"
    }

    /// Returns the milliseconds from the prompt to the person's answer: log-normal, as human reaction times
    /// are.
    pub(crate) fn answer_delay_ms(self, habits: &HabitPlan, prompt: PromptKind) -> u64 {
        let flip = match prompt {
            PromptKind::Reserved => 0,
            PromptKind::Promoted => 1 << 63,
        };
        let radius = 1.0 - unit(self.bits(RandomStream::DelayRadius) ^ flip);
        let angle = unit(self.bits(RandomStream::DelayAngle) ^ flip);
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
    fn responses_have_the_shares_of_the_plan() {
        let habits = HabitPlan { silent: 0.2, cancels: 0.1, confirms_early: 0.05, ..HabitPlan::default() };
        let count =
            |response| people(20_000).filter(|person| person.prompt_response(&habits) == response).count();
        assert!((3_700..4_300).contains(&count(PromptResponse::Silent)));
        assert!((1_800..2_200).contains(&count(PromptResponse::Cancels)));
        assert!((850..1_150).contains(&count(PromptResponse::ConfirmsEarly)));
        assert!((12_650..13_350).contains(&count(PromptResponse::Confirms)));
    }

    #[test]
    fn delays_are_log_normal_about_the_median() {
        let habits = HabitPlan { confirm_median_ms: 4_000, confirm_sigma: 0.8, ..HabitPlan::default() };
        let mut delays_ms: Vec<u64> =
            people(20_000).map(|person| person.answer_delay_ms(&habits, PromptKind::Reserved)).collect();
        delays_ms.sort_unstable();
        // The quantiles of a log-normal: median * exp(sigma * z), with z = -1, 0 and 1.
        assert!((1_700..1_900).contains(&delays_ms[3_173]), "{}", delays_ms[3_173]);
        assert!((3_850..4_150).contains(&delays_ms[10_000]), "{}", delays_ms[10_000]);
        assert!((8_600..9_250).contains(&delays_ms[16_827]), "{}", delays_ms[16_827]);
    }

    #[test]
    fn without_spread_everyone_takes_the_median() {
        let habits = HabitPlan { confirm_sigma: 0.0, ..HabitPlan::default() };
        assert!(people(100).all(|person| person.answer_delay_ms(&habits, PromptKind::Promoted) == 4_000));
    }
}
