//! Fuzz targets for the parts of Flashtag that read untrusted input, with the properties that must hold.
//!
//! Each module is one target: `run` takes any bytes and panics if a property is violated, `seeds` returns
//! inputs to begin with. `cargo test` runs the same modules on stable, over mutated seeds.

use std::path::PathBuf;

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

/// Writes the seeds into the fuzzer's corpus directory, so that fuzzing begins with them.
pub fn plant(seeds: fn() -> Vec<Vec<u8>>) {
    let corpus = std::env::args().skip(1).map(PathBuf::from).find(|argument| argument.is_dir());
    let Some(corpus) = corpus else { return };
    for (number, seed) in seeds().iter().enumerate() {
        std::fs::write(corpus.join(format!("seed-{number:02}")), seed).expect("the corpus can be written to");
    }
}
