//! The hashtags of the offer, without their signs.

/// What a claim holds.
pub(super) const BUY: &str = "BuyKettle";
/// What a confirmation holds.
pub(super) const CONFIRM: &str = "ConfirmKettle";
/// What a cancellation holds.
pub(super) const CANCEL: &str = "CancelKettle";
