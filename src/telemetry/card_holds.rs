//! Metrics of money that the card processor holds and that is not captured.

use metrics::{Counter, Gauge, counter, describe_counter, describe_gauge, gauge};

/// Handle of the gauge of payments whose hold ends soon.
pub fn card_holds_ending() -> Gauge {
    gauge!("flashtag_card_holds_ending")
}

/// Handle of the counter of payments whose hold nobody watches.
pub fn card_holds_unwatched() -> Counter {
    counter!("flashtag_card_holds_unwatched_total")
}

/// Describes each metric to the recorder.
pub(super) fn describe() {
    describe_gauge!(
        "flashtag_card_holds_ending",
        "Payments whose money is held and not captured, and whose hold ends within a day"
    );
    describe_counter!(
        "flashtag_card_holds_unwatched_total",
        "Payments whose hold is not watched, because too many wait for their capture"
    );
}
