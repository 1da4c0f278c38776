//! See `flashtag_fuzz::partition`.
#![no_main]

use flashtag_fuzz::{partition, plant};

libfuzzer_sys::fuzz_target!(init: plant(partition::seeds), |data: &[u8]| partition::run(data));
