//! An offer's shell: the mailbox for what providers report about its orders.

use std::rc::Rc;

use actix::{Actor, Context, Handler, Message};

use super::partition::PartitionProcessor;
use crate::domain::command::{Command, Report};
use crate::domain::id::OfferNo;

/// What providers said about orders of one offer, or about nothing that is an offer's.
#[derive(Debug, Message)]
#[rtype(result = "()")]
pub struct ProviderReports(pub Vec<Report>);

impl ProviderReports {
    /// Groups reports that follow on each other by the offer that they are about: a message to an offer costs
    /// more than a report.
    pub fn by_offer(reports: Vec<Report>) -> impl Iterator<Item = Self> {
        let mut reports = reports.into_iter().peekable();
        std::iter::from_fn(move || {
            let mut told = Self(vec![reports.next()?]);
            let offer = told.offer();
            while let Some(next) = reports.next_if(|report| offer_of(report) == offer) {
                told.0.push(next);
            }
            Some(told)
        })
    }

    /// The offer.
    #[must_use]
    pub fn offer(&self) -> Option<OfferNo> {
        self.0.first().and_then(offer_of)
    }
}

fn offer_of(report: &Report) -> Option<OfferNo> {
    report.reservation().map(|id| id.offer)
}

/// The shell of one offer.
pub struct OfferActor {
    processor: Rc<PartitionProcessor>,
}

impl OfferActor {
    /// An offer, at the processor of its partition.
    #[must_use]
    pub fn new(processor: Rc<PartitionProcessor>) -> Self {
        Self { processor }
    }
}

impl Actor for OfferActor {
    type Context = Context<Self>;
}

impl Handler<ProviderReports> for OfferActor {
    type Result = ();

    fn handle(&mut self, ProviderReports(reports): ProviderReports, _: &mut Self::Context) {
        for report in reports {
            self.processor.turn(&Command::Report(report));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{OfferNo, ProviderReports, Report};
    use crate::domain::id::{EffectKey, ReservationId};

    #[test]
    fn reports_on_one_offer_that_follow_on_each_other_are_told_together_and_in_order() {
        let key = EffectKey { partition: 0, sequence: 1, index: 0 };
        let captured =
            |offer, ordinal| Report::Captured { id: ReservationId { offer: OfferNo(offer), ordinal }, key };
        let reports = vec![
            captured(1, 1),
            captured(1, 2),
            captured(2, 1),
            Report::Delivered(vec![key]),
            Report::Dropped(vec![key]),
            captured(1, 3),
        ];
        let told: Vec<ProviderReports> = ProviderReports::by_offer(reports.clone()).collect();
        let offers: Vec<_> = told.iter().map(|told| (told.offer().map(|no| no.0), told.0.len())).collect();
        assert_eq!(offers, [(Some(1), 2), (Some(2), 1), (None, 2), (Some(1), 1)]);
        let ordered: Vec<Report> = told.into_iter().flat_map(|told| told.0).collect();
        assert_eq!(ordered, reports);
        assert!(ProviderReports::by_offer(Vec::new()).next().is_none());
    }
}
