//! Where posts and links come from: lines of JSON in the networks' own forms, read into the domain's.

pub mod accounts;
pub mod fault;
pub mod format;
pub mod lines;
pub mod sift;
