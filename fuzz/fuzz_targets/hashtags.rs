//! See `flashtag_fuzz::hashtags`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| flashtag_fuzz::hashtags::run(data));
