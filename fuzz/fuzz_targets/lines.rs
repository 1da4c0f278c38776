//! See `flashtag_fuzz::lines`.
#![no_main]

use flashtag_fuzz::{lines, plant};

libfuzzer_sys::fuzz_target!(init: plant(lines::seeds), |data: &[u8]| lines::run(data));
