//! The stream of posts of a flash sale: who posts what and when, with repeated deliveries, copies and noise.

use crate::arrival::{Arrival, ArrivalKind, BurstPlan};
use crate::arrival_process::{ArrivalProcess, RateShape};
use crate::claim_order::ClaimOrder;
use crate::crowd::Crowd;
use crate::curve::Curve;
use crate::hashing::{RandomStream, hash_bits};
use crate::ids::PostIds;
use crate::pending::{Pending, PendingPosts};
use crate::person::PromptResponse;
use crate::post::{PostKind, PostPlan};
use rand::{SeedableRng, rngs::Xoshiro256PlusPlus};
use std::sync::Arc;

/// Iterates over the arrivals of a sale in time order. A pure function of crowd, plan, opening and ids.
#[derive(Clone, Debug)]
pub struct Burst<'crowd> {
    crowd: &'crowd Crowd,
    opens_at_ms: i64,
    ids: PostIds,
    rng: Xoshiro256PlusPlus,
    claim_order: ClaimOrder,
    rush: ArrivalProcess,
    steady: ArrivalProcess,
    noise: ArrivalProcess,
    pending: PendingPosts,
}

impl<'crowd> Burst<'crowd> {
    /// Makes the arrivals of a sale that opens at `opens_at_ms` (Unix milliseconds).
    ///
    /// Moves a `steady` share outside `0..=1` and a negative `noise_per_claim` to the nearest valid value.
    pub fn new(crowd: &'crowd Crowd, plan: &BurstPlan, opens_at_ms: i64, ids: PostIds) -> Self {
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(hash_bits(crowd.seed, 0, RandomStream::Arrivals));
        let steady_count = ((plan.claims as f64 * plan.steady).round() as u64).min(plan.claims);
        let rush_count = plan.claims - steady_count;
        let noise_count = (plan.claims as f64 * plan.noise_per_claim).round() as u64;
        let rush_shape = RateShape::Rush { decay_ms: plan.burst_ms };
        Self {
            crowd,
            opens_at_ms,
            ids,
            claim_order: ClaimOrder::new(crowd.plan.accounts, crowd.seed),
            rush: ArrivalProcess::new(rush_shape, rush_count, plan.span_ms, &mut rng),
            steady: ArrivalProcess::new(RateShape::Steady, steady_count, plan.span_ms, &mut rng),
            noise: ArrivalProcess::new(RateShape::Steady, noise_count, plan.span_ms, &mut rng),
            pending: PendingPosts::default(),
            rng,
        }
    }

    /// Makes arrivals along a curve that begins at `begins_at_ms` (Unix milliseconds). The noise follows the
    /// curve, too, with `noise_per_claim` posts for each claim.
    ///
    /// Treats a negative `noise_per_claim` as zero.
    pub fn along(
        crowd: &'crowd Crowd,
        curve: Curve,
        noise_per_claim: f64,
        begins_at_ms: i64,
        ids: PostIds,
    ) -> Self {
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(hash_bits(crowd.seed, 0, RandomStream::Arrivals));
        let (claims, span_ms) = (curve.claims(), curve.span_ms());
        let noise_count = (claims as f64 * noise_per_claim).round() as u64;
        let shape = RateShape::Along(Arc::new(curve));
        Self {
            crowd,
            opens_at_ms: begins_at_ms,
            ids,
            claim_order: ClaimOrder::new(crowd.plan.accounts, crowd.seed),
            rush: ArrivalProcess::new(shape.clone(), claims, span_ms, &mut rng),
            steady: ArrivalProcess::new(RateShape::Steady, 0, span_ms, &mut rng),
            noise: ArrivalProcess::new(shape, noise_count, span_ms, &mut rng),
            pending: PendingPosts::default(),
            rng,
        }
    }

    /// Gives the post that is made at `at_ms` its id and its time.
    fn publish(&mut self, at_ms: u64, what: ArrivalKind) -> Arrival {
        let posted_at_ms = self.opens_at_ms.saturating_add_unsigned(at_ms);
        Arrival { at_ms, posted_at_ms, post_id: self.ids.next(posted_at_ms), what }
    }

    /// Makes the next person's claim and adds its consequences; `None` if the network holds the claim back.
    fn claim(&mut self, at_ms: u64) -> Option<Arrival> {
        let (person, round) = self.claim_order.next();
        let target = self.crowd.wanted_target(person, round);
        let post = PostPlan { person, target, kind: PostKind::Claim };
        let claim = self.publish(at_ms, ArrivalKind::Post(post));
        let response = self.crowd.person_at(person).prompt_response(&self.crowd.plan.habits);
        if response == PromptResponse::ConfirmsEarly {
            let late = self.pending.confirm_before_claim(post, claim, &mut self.rng);
            self.pending.add_consequences(self.crowd, post, late, &mut self.rng);
            return None;
        }
        self.pending.add_consequences(self.crowd, post, claim, &mut self.rng);
        Some(claim)
    }
}

impl Iterator for Burst<'_> {
    type Item = Arrival;

    fn next(&mut self) -> Option<Arrival> {
        loop {
            let pending_ms = self.pending.next_at_ms();
            let next_ms =
                [pending_ms, self.rush.next_at_ms(), self.steady.next_at_ms(), self.noise.next_at_ms()];
            let at_ms = next_ms.into_iter().flatten().min()?;
            if pending_ms == Some(at_ms) {
                return Some(match self.pending.pop()? {
                    Pending::Post(post) => self.publish(at_ms, ArrivalKind::Post(post)),
                    Pending::Delivery(arrival) => arrival,
                });
            }
            if self.noise.next_at_ms() == Some(at_ms) {
                self.noise.advance(&mut self.rng);
                return Some(self.publish(at_ms, ArrivalKind::Noise));
            }
            let process =
                if self.rush.next_at_ms() == Some(at_ms) { &mut self.rush } else { &mut self.steady };
            process.advance(&mut self.rng);
            if let Some(claim) = self.claim(at_ms) {
                return Some(claim);
            }
        }
    }
}
