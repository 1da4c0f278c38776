//! See `flashtag_fuzz::posts`.
#![no_main]

use flashtag_fuzz::{plant, posts};

libfuzzer_sys::fuzz_target!(init: plant(posts::seeds), |data: &[u8]| posts::run(data));
