//! Arbitrary histories: the checker never panics, and notices every gap.

use std::sync::Arc;

use flashtag::api::history_line::write_history;
use flashtag::domain::key_form::KeyForm;
use flashtag::verify::{Ending, read_history};
use proptest::prelude::*;

use super::genuine::genuine;
use super::story::Story;

/// Numbers the records of each partition 1, 2, 3, ... in their current order.
fn renumber(story: &mut Story) {
    let mut last = [0_u64; 5];
    for (partition, sequence, _) in &mut story.records {
        let last = &mut last[*partition as usize];
        *last += 1;
        *sequence = *last;
    }
}

fn any_order() -> impl Strategy<Value = Vec<(u32, u64, flashtag::domain::decision::Record)>> {
    let records = genuine().records;
    let all = records.len();
    proptest::sample::subsequence(records, 0..=all).prop_shuffle()
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(256) })]

    #[test]
    fn arbitrary_records_are_judged_without_a_panic(records in any_order(), anew: bool) {
        let mut story = Story { records, ..genuine() };
        if anew {
            renumber(&mut story);
        }
        let report = story.report(Ending::Strict, true);
        prop_assert!(!report.to_string().is_empty());
        if !anew {
            let mut own = [0_u64; 5];
            let dense = story.records.iter().all(|(partition, sequence, _)| {
                own[*partition as usize] += 1;
                own[*partition as usize] == *sequence
            });
            let flagged = report.violated().any(|name| name == "sequences_dense");
            prop_assert_eq!(flagged, !dense);
        }
    }

    #[test]
    fn a_lost_record_is_noticed(index in 0..genuine().records.len()) {
        let mut story = genuine();
        let (partition, sequence, _) = story.records.remove(index);
        let last = !story.records.iter().any(|(of, number, _)| *of == partition && *number > sequence);
        let report = story.report(Ending::Strict, true);
        prop_assert_eq!(report.violated().any(|name| name == "sequences_dense"), !last);
        // New numbers hide the gap, but the loss shows in what depended on the record.
        renumber(&mut story);
        let report = story.report(Ending::Strict, true);
        let harmless = matches!((partition, sequence), (0, 2 | 16 | 23 | 24) | (1, 2) | (2, 38) | (3, 14 | 15) | (4, 11 | 12 | 14));
        prop_assert!(harmless || !report.passed(), "{} {}\n{}", partition, sequence, report);
    }

    #[test]
    fn misplaced_events_are_judged_without_a_panic(
        from in 0..genuine().records.len(), to in 0..genuine().records.len(), amount in any::<u32>(),
    ) {
        let mut story = genuine();
        let decision = story.records[from].2.decision.clone();
        story.records[to].2.decision.events.extend(decision.events);
        story.records[to].2.decision.effects.extend(decision.effects);
        for event in &mut story.records[to].2.decision.events {
            use flashtag::domain::event::Event;
            match event {
                Event::Sold { units, .. }
                | Event::Expired { units, .. }
                | Event::Promoted { units, .. }
                | Event::Restocked { units, .. }
                | Event::Withdrawn { units, .. }
                | Event::BackOnSale { units, .. }
                | Event::TakenBack { units, .. }
                | Event::Refunded { units, .. } => *units = amount,
                Event::Waitlisted { claim, .. } | Event::Entered { claim, .. } => {
                    Arc::make_mut(claim).units = amount;
                }
                Event::Reserved { id, claim, .. } => {
                    (id.ordinal, Arc::make_mut(claim).units) = (amount, amount);
                }
                _ => {}
            }
        }
        let report = story.report(Ending::Strict, true);
        prop_assert!(!report.to_string().is_empty());
        for (partition, sequence, record) in &story.records {
            let mut line = Vec::new();
            write_history(&mut line, *partition, *sequence, KeyForm::Bare, record).unwrap();
            let read = read_history(std::str::from_utf8(&line).unwrap()).unwrap();
            prop_assert_eq!(&read.2, record);
        }
    }
}
