//! Flashtag.

pub mod domain;
