//! What is fed to the parts of Flashtag that read what strangers wrote, and what must hold then.
//!
//! Each module is one target: `run` takes any bytes and panics where something does not hold, `seeds` are
//! inputs to begin with. `cargo test` runs the same modules on stable, over mutated seeds.

pub mod hashtags;
pub mod lines;
pub mod offers;
pub mod partition;
pub mod posts;
pub mod records;
pub mod recovery;
pub mod words;

#[path = "../../tests/hashtag/naive.rs"]
mod naive;

/// A target's name, what it does with bytes, and what it begins with.
pub type Target = (&'static str, fn(&[u8]), fn() -> Vec<Vec<u8>>);

/// All of them.
pub const TARGETS: [Target; 8] = [
    ("posts", posts::run, posts::seeds),
    ("lines", lines::run, lines::seeds),
    ("records", records::run, records::seeds),
    ("recovery", recovery::run, recovery::seeds),
    ("offers", offers::run, offers::seeds),
    ("hashtags", hashtags::run, hashtags::seeds),
    ("partition", partition::run, partition::seeds),
    ("words", words::run, words::seeds),
];
