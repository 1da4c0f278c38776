//! See `flashtag_fuzz::words`.
#![no_main]

use flashtag_fuzz::{plant, words};

libfuzzer_sys::fuzz_target!(init: plant(words::seeds), |data: &[u8]| words::run(data));
