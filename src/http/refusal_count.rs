//! The counter of refused requests.

/// Requests that were refused, by `code`.
pub const REJECTED_TOTAL: &str = "flashtag_http_rejected_total";

/// Counts one refusal.
pub(crate) fn count_refusal(code: &'static str) {
    metrics::counter!(REJECTED_TOTAL, "code" => code).increment(1);
}
