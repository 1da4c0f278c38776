//! Flashtag.

pub mod actor;
pub mod clock;
pub mod domain;
pub mod engine;
pub mod http;
pub mod journal;
pub mod source;
