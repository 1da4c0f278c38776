//! The card that a limit counts.

/// What a limit per card counts by: at Stripe the fingerprint behind the token, which another linking of the card has too.
pub(super) fn limited_card(token: &str) -> &str {
    match token.rsplit_once('#') {
        Some((own, fingerprint)) if own.starts_with("cus_") && !fingerprint.is_empty() => fingerprint,
        _ => token,
    }
}
