//! A batch of durable records and refusals, as the journal's tail hands it to the outbox.

use crate::domain::decision::Record;
use crate::domain::effect::{Effect, ReplyRequest};
use crate::domain::event::Event;
use crate::domain::id::{Account, EffectKey, ReservationId};
use crate::domain::key_form::KeyForm;

/// The part of a partition's durable batch that concerns the outbox.
#[derive(Debug)]
pub struct Incoming {
    /// The partition that wrote the batch.
    pub partition: u32,
    /// The form of the keys of the records' effects.
    pub form: KeyForm,
    /// The batch's records, each with its sequence number.
    pub records: Vec<(u64, Record)>,
    /// Replies to refused posts, which have no record.
    pub refusals: Vec<ReplyRequest>,
}

impl Incoming {
    /// Hands the batch on in parts of at most `most` records. Nearly always that is one part.
    pub fn in_parts(mut self, most: usize, mut each: impl FnMut(Self)) {
        if self.records.len() <= most {
            return each(self);
        }
        let mut rest = std::mem::take(&mut self.records).into_iter();
        while rest.len() > 0 {
            let (records, refusals) =
                (rest.by_ref().take(most).collect(), std::mem::take(&mut self.refusals));
            each(Self { partition: self.partition, form: self.form, records, refusals });
        }
    }

    /// The effects of the records, with their keys.
    pub(super) fn effects(&self) -> impl Iterator<Item = (EffectKey, &Effect)> {
        let records = self.records.iter();
        records.flat_map(|(sequence, record)| keys(self.partition, *sequence).zip(&record.decision.effects))
    }

    /// The number of effects in the records.
    #[must_use]
    pub fn effect_count(&self) -> usize {
        self.records.iter().map(|(_, record)| record.decision.effects.len()).sum()
    }
}

/// What an event tells the outbox, besides the effects of its record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Notice<'a> {
    /// The account opted out of replies.
    OptOut(&'a Account),
    /// The account opted in to replies again.
    OptIn(&'a Account),
    /// The account's reservation no longer waits for a confirmation.
    Over(ReservationId, &'a Account),
    /// The event is about a lane.
    Lane(&'a Event),
    /// The event is about a dead letter.
    DeadLetter(&'a Event),
}

/// What a record tells the outbox. Must be applied before the effects of the record.
pub(super) fn notices(record: &Record) -> impl Iterator<Item = Notice<'_>> {
    record.decision.events.iter().filter_map(|event| match event {
        Event::AccountSilenced { account, .. } => Some(Notice::OptOut(account)),
        Event::AccountOptedIn { account, .. } => Some(Notice::OptIn(account)),
        Event::Expired { id, account, .. }
        | Event::Joined { id, account, .. }
        | Event::Released { id, account, .. }
        | Event::Confirmed { id, account, .. } => Some(Notice::Over(*id, account)),
        Event::LanePaused { .. } | Event::LaneProbed { .. } | Event::LaneResumed { .. } => {
            Some(Notice::Lane(event))
        }
        Event::DeadLettered { .. } | Event::DeadLetterRetried { .. } | Event::DeadLetterSettled { .. } => {
            Some(Notice::DeadLetter(event))
        }
        _ => None,
    })
}

/// Extracts the effects of a record, with their keys.
pub(super) fn effects(
    partition: u32,
    sequence: u64,
    record: &mut Record,
) -> impl Iterator<Item = (EffectKey, Effect)> {
    keys(partition, sequence).zip(record.decision.effects.drain(..))
}

fn keys(partition: u32, sequence: u64) -> impl Iterator<Item = EffectKey> {
    (0..).map(move |index| EffectKey { partition, sequence, index })
}

#[cfg(test)]
mod tests {
    use super::Incoming;
    use crate::domain::decision::{Decision, Record};
    use crate::domain::key_form::KeyForm;
    use crate::domain::time::Timestamp;

    #[test]
    fn a_large_batch_is_split_and_fully_passed_on() {
        let record = Record { at: Timestamp::from_ms(7), decision: Decision::default() };
        for (records, parts) in
            [(0, vec![0]), (1, vec![1]), (5, vec![5]), (6, vec![5, 1]), (15, vec![5, 5, 5])]
        {
            let records = (1..=records).map(|sequence| (sequence, record.clone())).collect::<Vec<_>>();
            let sequences: Vec<u64> = records.iter().map(|(sequence, _)| *sequence).collect();
            let mut lengths = Vec::new();
            let mut handed_on = Vec::new();
            Incoming { partition: 3, form: KeyForm::Epoch(2), records, refusals: Vec::new() }.in_parts(
                5,
                |part| {
                    assert_eq!((part.partition, part.form), (3, KeyForm::Epoch(2)));
                    lengths.push(part.records.len());
                    handed_on.extend(part.records.into_iter().map(|(sequence, _)| sequence));
                },
            );
            assert_eq!((lengths, handed_on), (parts, sequences));
        }
    }
}
