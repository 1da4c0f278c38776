//! Flashtag.

pub mod actor;
pub mod cli;
pub mod clock;
pub mod config;
pub mod domain;
pub mod engine;
pub mod http;
pub mod journal;
pub mod outbox;
pub mod source;
pub mod telemetry;
pub mod verify;
