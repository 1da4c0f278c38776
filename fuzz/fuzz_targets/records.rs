//! See `flashtag_fuzz::records`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| flashtag_fuzz::records::run(data));
