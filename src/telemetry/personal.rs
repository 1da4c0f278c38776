//! Metrics and log lines of people: their steps on the linking page, and what operators read of them.

use metrics::{counter, describe_counter};

/// Notes that an operator read what is sealed of the person behind an account, by that request. The log names the account, and
/// never what was read.
pub fn read(account: &str, by: &'static str) {
    counter!("flashtag_personal_reads_total", "by" => by).increment(1);
    tracing::info!(account, by, "an operator read what is kept of a person");
}

/// Describes each metric to the recorder.
pub(super) fn describe() {
    describe_counter!(
        "flashtag_linking_total",
        "Steps on the linking page, and what it refused, by result (result)"
    );
    describe_counter!(
        "flashtag_personal_reads_total",
        "Readings of what is sealed of a person by operators, by the request (by): account, order, personal_data"
    );
}
