//! See `flashtag_fuzz::hashtags`.
#![no_main]

use flashtag_fuzz::{hashtags, plant};

libfuzzer_sys::fuzz_target!(init: plant(hashtags::seeds), |data: &[u8]| hashtags::run(data));
