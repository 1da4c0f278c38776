//! Flashtag.

pub mod domain;
pub mod outbox;
