//! The checker: honest histories pass, and every promise has its forgeries, which are caught.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that finds nothing there has failed"
)]

mod credits;
mod engine;
mod forged;
mod forged_rules;
mod honest;
mod rules;
mod story;
mod text;
mod wild;
