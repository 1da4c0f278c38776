//! See `flashtag_fuzz::words`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| flashtag_fuzz::words::run(data));
