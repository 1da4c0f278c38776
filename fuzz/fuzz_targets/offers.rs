//! See `flashtag_fuzz::offers`.
#![no_main]

use flashtag_fuzz::{offers, plant};

libfuzzer_sys::fuzz_target!(init: plant(offers::seeds), |data: &[u8]| offers::run(data));
