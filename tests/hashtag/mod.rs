//! Tags and lengths: cases of our own, a naive twin, and twitter-text's conformance data if it is available;
//! and the reading of posts with such tags.

#![expect(clippy::indexing_slicing, reason = "a test that is wrong may panic")]

mod account_words;
mod cases;
mod conformance;
mod lengths;
pub(crate) mod naive;
mod quantities;
mod readings;
mod reposts;
mod twins;
mod urls;

use flashtag::text::hashtag::hashtags;

/// The tags of a text, joined by spaces, as the tables of cases have them.
fn tags(text: &str) -> String {
    hashtags(text).map(|found| found.tag).collect::<Vec<_>>().join(" ")
}
