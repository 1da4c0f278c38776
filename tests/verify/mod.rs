//! The checker: genuine histories pass, and every promise has forgeries that are caught.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a missing value fails the test")]

mod arbitrary_histories;
mod credits;
mod engine;
mod forged;
mod forged_rules;
pub(crate) mod genuine;
mod keys;
mod reminders;
mod rules;
mod story;
mod text;
