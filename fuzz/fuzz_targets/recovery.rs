//! See `flashtag_fuzz::recovery`.
#![no_main]

use flashtag_fuzz::{plant, recovery};

libfuzzer_sys::fuzz_target!(init: plant(recovery::seeds), |data: &[u8]| recovery::run(data));
