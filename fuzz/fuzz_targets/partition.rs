//! See `flashtag_fuzz::partition`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| flashtag_fuzz::partition::run(data));
