//! See `flashtag_fuzz::records`.
#![no_main]

use flashtag_fuzz::{plant, records};

libfuzzer_sys::fuzz_target!(init: plant(records::seeds), |data: &[u8]| records::run(data));
