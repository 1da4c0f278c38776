//! A flash sale's stream of posts: who posts what and when, the mischief and the noise mixed in.

use crate::agenda::{Agenda, Later};
use crate::arrival::{Arrival, BurstPlan, What};
use crate::crowd::Crowd;
use crate::curve::Curve;
use crate::hash::{Question, ask};
use crate::ids::PostIds;
use crate::pace::{Pace, Shape};
use crate::person::Temper;
use crate::post::{PostKind, PostPlan};
use crate::turns::Turns;
use rand::{SeedableRng, rngs::Xoshiro256PlusPlus};
use std::sync::Arc;

/// The arrivals of a sale in time order. A pure function of crowd, plan, opening and ids.
#[derive(Clone, Debug)]
pub struct Burst<'crowd> {
    crowd: &'crowd Crowd,
    opens_at_ms: i64,
    ids: PostIds,
    rng: Xoshiro256PlusPlus,
    turns: Turns,
    rush: Pace,
    steady: Pace,
    noise: Pace,
    later: Agenda,
}

impl<'crowd> Burst<'crowd> {
    /// The crowd's run on an opening at `opens_at_ms` (Unix milliseconds).
    ///
    /// A `steady` share outside `0..=1` or a negative `noise_per_claim` counts as the nearest that makes sense.
    pub fn new(crowd: &'crowd Crowd, plan: &BurstPlan, opens_at_ms: i64, ids: PostIds) -> Self {
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(ask(crowd.seed, 0, Question::Stream));
        let steady_count = ((plan.claims as f64 * plan.steady).round() as u64).min(plan.claims);
        let rush_count = plan.claims - steady_count;
        let noise_count = (plan.claims as f64 * plan.noise_per_claim).round() as u64;
        let rush_shape = Shape::Rush { decay_ms: plan.burst_ms };
        Self {
            crowd,
            opens_at_ms,
            ids,
            turns: Turns::new(crowd.plan.accounts, crowd.seed),
            rush: Pace::new(rush_shape, rush_count, plan.span_ms, &mut rng),
            steady: Pace::new(Shape::Steady, steady_count, plan.span_ms, &mut rng),
            noise: Pace::new(Shape::Steady, noise_count, plan.span_ms, &mut rng),
            later: Agenda::default(),
            rng,
        }
    }

    /// The crowd along a curve that begins at `begins_at_ms` (Unix milliseconds), with so many posts of noise for
    /// each claim, spread as the claims are.
    ///
    /// A negative `noise_per_claim` counts as none.
    pub fn along(
        crowd: &'crowd Crowd,
        curve: Curve,
        noise_per_claim: f64,
        begins_at_ms: i64,
        ids: PostIds,
    ) -> Self {
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(ask(crowd.seed, 0, Question::Stream));
        let (claims, span_ms) = (curve.claims(), curve.span_ms());
        let noise_count = (claims as f64 * noise_per_claim).round() as u64;
        let shape = Shape::Along(Arc::new(curve));
        Self {
            crowd,
            opens_at_ms: begins_at_ms,
            ids,
            turns: Turns::new(crowd.plan.accounts, crowd.seed),
            rush: Pace::new(shape.clone(), claims, span_ms, &mut rng),
            steady: Pace::new(Shape::Steady, 0, span_ms, &mut rng),
            noise: Pace::new(shape, noise_count, span_ms, &mut rng),
            later: Agenda::default(),
            rng,
        }
    }

    /// Gives a post its id and its time, which is now.
    fn publish(&mut self, at_ms: u64, what: What) -> Arrival {
        let posted_at_ms = self.opens_at_ms.saturating_add_unsigned(at_ms);
        Arrival { at_ms, posted_at_ms, post_id: self.ids.next(posted_at_ms), what }
    }

    /// A claim by the person whose turn it is, with all that it entails; `None` if the network holds it back.
    fn claim(&mut self, at_ms: u64) -> Option<Arrival> {
        let (person, round) = self.turns.next();
        let target = self.crowd.wish(person, round);
        let post = PostPlan { person, target, kind: PostKind::Claim };
        let claim = self.publish(at_ms, What::Post(post));
        let temper = self.crowd.known(person).temper(&self.crowd.plan.habits);
        if temper == Temper::ConfirmsEarly {
            let late = self.later.early_confirm(post, claim, &mut self.rng);
            self.later.mischief(self.crowd, post, late, &mut self.rng);
            return None;
        }
        self.later.mischief(self.crowd, post, claim, &mut self.rng);
        Some(claim)
    }
}

impl Iterator for Burst<'_> {
    type Item = Arrival;

    fn next(&mut self) -> Option<Arrival> {
        loop {
            let later_ms = self.later.head_ms();
            let heads = [later_ms, self.rush.head_ms(), self.steady.head_ms(), self.noise.head_ms()];
            let at_ms = heads.into_iter().flatten().min()?;
            if later_ms == Some(at_ms) {
                return Some(match self.later.take()? {
                    Later::Post(post) => self.publish(at_ms, What::Post(post)),
                    Later::Delivery(arrival) => arrival,
                });
            }
            if self.noise.head_ms() == Some(at_ms) {
                self.noise.advance(&mut self.rng);
                return Some(self.publish(at_ms, What::Noise));
            }
            let pace = if self.rush.head_ms() == Some(at_ms) { &mut self.rush } else { &mut self.steady };
            pace.advance(&mut self.rng);
            if let Some(claim) = self.claim(at_ms) {
                return Some(claim);
            }
        }
    }
}
