//! See `flashtag_fuzz::offers`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| flashtag_fuzz::offers::run(data));
