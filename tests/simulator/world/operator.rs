//! The operator: changes of stock, sales that are paused and closed, links that change, and dead letters.

use flashtag::domain::command::{Command, StockChange};
use flashtag::domain::dead_letter::{SettleDeadLetter, Settlement};
use flashtag::domain::effect::Effect;
use flashtag::domain::id::OfferNo;
use flashtag::domain::provider_ref::PaymentRef;
use flashtag::domain::sale_order::{Deadlines, LineAtClose, SaleChange, SaleOrder};
use flashtag::outbox::dead_letters::Listed;
use flashtag::outbox::delivery_key::OutsideKey;
use flashtag::outbox::queue::lane::Lane;

use super::World;
use crate::simulator::bank::Answer;
use crate::simulator::shop::account;

impl World {
    pub(super) fn operate(&mut self) {
        if !self.plan.operator {
            return;
        }
        if self.rng.below(3) == 0 {
            self.tend_dead_letter();
            return;
        }
        if self.rng.below(4) == 0 {
            self.change_link();
            return;
        }
        if self.rng.below(5) == 0 {
            self.object();
            return;
        }
        let partition = self.rng.below(self.plan.partitions as usize);
        let offers = self.node().processors[partition].state().next_offer().0;
        let key = format!("change-{}", self.rng.below(40)).into();
        let units = 1 + self.rng.below(3) as u32;
        let offer = OfferNo(self.rng.below(offers.max(1) as usize) as u32);
        let change = StockChange { offer, units, key };
        let command = match self.rng.below(6) {
            3 if self.rng.below(4) == 0 => {
                let line = *self.rng.pick(&[LineAtClose::Serve, LineAtClose::Release]);
                order(offer, SaleChange::Close(line))
            }
            3 => order(offer, SaleChange::Pause(*self.rng.pick(&[Deadlines::Run, Deadlines::Freeze]))),
            4 | 5 => order(offer, SaleChange::Resume),
            0 => Command::Restock(change),
            1 => Command::Withdraw(change),
            _ => Command::Unfreeze(account(self.rng.below(self.plan.people))),
        };
        self.node().operate(partition, &command);
    }

    /// An account is unlinked, or linked again.
    fn change_link(&mut self) {
        let linked = self.rng.pick(&self.shop.links).clone();
        if let Some(change) = self.node().change_link(&linked) {
            self.coverage.see(change);
        }
    }

    /// An operator retries or settles a dead letter. Returns `false` if there is none.
    pub(super) fn tend_dead_letter(&mut self) -> bool {
        let letters = self.node().outbox.dead_letters().page(None, 20);
        if letters.is_empty() {
            return false;
        }
        let Listed { outside, letter, .. } = self.rng.pick(&letters).clone();
        let key = outside.effect;
        let settlement = self.judge_dead_letter(&outside, &letter.effect);
        let command = match settlement.filter(|_| self.rng.below(3) > 0) {
            Some(settlement) => Command::SettleDeadLetter(Box::new(SettleDeadLetter {
                key,
                effect: letter.effect,
                settlement,
            })),
            None => Command::RetryDeadLetter(key),
        };
        self.node().operate(key.partition as usize, &command);
        true
    }

    /// What an operator finds out about a dead letter, or believes without a look; `None` if it must be retried.
    fn judge_dead_letter(&mut self, outside: &OutsideKey, effect: &Effect) -> Option<Settlement> {
        let declined = || Settlement::Declined { reason: "settled".into() };
        if !Lane::of(effect).is_money() {
            return Some(Settlement::Done { reference: None });
        }
        let pays = matches!(effect, Effect::Authorize(_) | Effect::Capture(_));
        if pays && self.rng.below(4) == 0 {
            return Some(declined());
        }
        match self.providers.bank.look_up(*outside) {
            Some(Answer::Approved(payment)) => {
                let reference = payment.or_else(|| PaymentRef::parse("by_hand").ok());
                Some(Settlement::Done { reference })
            }
            _ => pays.then(declined),
        }
    }

    /// Resumes every sale that is paused. Returns whether there was any.
    pub(super) fn resume_sales(&mut self) -> bool {
        let mut busy = false;
        for partition in 0..self.plan.partitions as usize {
            let state = self.node().processors[partition].state();
            let paused = state.offers().filter(|(_, offer)| offer.control().pause().is_some());
            let paused: Vec<OfferNo> = paused.map(|(no, _)| no).collect();
            for offer in paused {
                self.node().operate(partition, &order(offer, SaleChange::Resume));
                busy = true;
            }
        }
        busy
    }
}

fn order(offer: OfferNo, change: SaleChange) -> Command {
    Command::Operate(SaleOrder { offer, change, reason: Default::default() })
}
