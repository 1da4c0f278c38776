//! See `flashtag_fuzz::recovery`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| flashtag_fuzz::recovery::run(data));
