//! How an account's own posts give units back: passed on before the confirmation, taken back after it.

use super::Offer;
use super::decision_builder::DecisionBuilder;
use crate::domain::command::{Intent, PostCommand};
use crate::domain::decision::Decision;
use crate::domain::event::{Claim, Event};
use crate::domain::holding::Holding;
use crate::domain::order::Order;
use crate::domain::outcome::Outcome;
use crate::domain::refusal::Refusal;
use crate::domain::reservation::{Reservation, Stage};
use crate::domain::time::Timestamp;

impl Offer {
    /// Passes on everything that the account has and has not confirmed. If there is nothing of that kind,
    /// takes back its last order.
    pub(super) fn judge_cancel(
        &self,
        now: Timestamp,
        command: &PostCommand,
        holding: &Holding,
    ) -> Result<Decision, Refusal> {
        let mut builder = DecisionBuilder::new(self, now);
        // The place in line goes first: the units that are passed on must not return to it.
        if let Some(ticket) = holding.ticket
            && let Some(waiter) =
                self.waitlist.get(ticket).filter(|waiter| !is_spared(command, &waiter.claim))
        {
            let (account, units) = (command.account.clone(), waiter.claim.units);
            builder.push(Event::LeftLine { offer: self.no, account, units, post: command.post.clone() });
            builder.released(&waiter.claim, command, None);
            builder.left = Some(ticket);
        }
        let mut freed = 0;
        for (ordinal, Reservation { claim, stage, .. }) in self.live_of(holding) {
            if *stage != Stage::Held || is_spared(command, claim) {
                continue;
            }
            let (id, account, units) = (self.id(ordinal), claim.account.clone(), claim.units);
            builder.push(Event::Released { id, account, units, post: command.post.clone() });
            builder.released(claim, command, Some(ordinal));
            freed += units;
        }
        if builder.decision.events.is_empty() {
            return self.judge_take_back(now, command);
        }
        builder.hand_on(freed);
        Ok(builder.decision)
    }

    /// Takes back the last order that can still be taken back: by the post's own time, if it arrived in time.
    fn judge_take_back(&self, now: Timestamp, command: &PostCommand) -> Result<Decision, Refusal> {
        let (Intent::Cancel(_), Some(length)) = (&command.intent, self.terms.rules.take_back) else {
            return Err(Outcome::NothingToConfirm.into());
        };
        let posted_at = command.posted_at.min(now);
        let in_time = |order: &Order| {
            let from = order.claim.posted_at;
            let arrived = self.revocable_until(order.placed_at).is_some_and(|until| now < until);
            order.taking_back.is_none()
                && arrived
                && (from..order.placed_at.plus(length)).contains(&posted_at)
        };
        let orders = self.revocable.get(&command.account).into_iter().flatten().rev();
        let mut orders = orders.filter_map(|&ordinal| Some((ordinal, self.orders.get(ordinal)?)));
        let (ordinal, order) = orders.find(|(_, order)| in_time(order)).ok_or(Outcome::NothingToConfirm)?;
        let mut builder = DecisionBuilder::new(self, now);
        builder.take_back(ordinal, order, command.post.clone());
        Ok(builder.decision)
    }
}

/// Whether the post spares that claim. A cancellation that was published before the claim meant an
/// earlier claim. A deletion names its claim by the post id, whatever time the network gives. A freeze spares
/// no claim.
fn is_spared(command: &PostCommand, claim: &Claim) -> bool {
    match command.intent {
        Intent::Cancel(_) => command.posted_at < claim.posted_at,
        Intent::Delete => command.post != claim.post,
        _ => false,
    }
}
