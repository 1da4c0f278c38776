//! See `flashtag_fuzz::posts`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| flashtag_fuzz::posts::run(data));
