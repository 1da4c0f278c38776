//! Tags and lengths: own cases, a naive twin, and twitter-text's conformance data where it is at hand. And
//! what posts with such tags are on their face.

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

/// The tags of a text, joined by spaces: how the tables of cases write them.
fn tags(text: &str) -> String {
    hashtags(text).map(|found| found.tag).collect::<Vec<_>>().join(" ")
}
