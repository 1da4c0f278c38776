//! The pages for buyers as people see them: at the width of a phone and of a desk, light and dark.
//!
//! Every state of the pages is taken from the real binary. Chromium measures them, and takes pictures where `FLASHTAG_SCREENS` is
//! set: they are in `target/tmp/screens`. Where there is no Chromium, that is skipped, and said to be.

mod at_networks;
mod at_stripe;
mod chromium;
mod confirming;
mod letters;
mod measured;
mod routes;
mod sheet;
mod states;
