//! Tags and lengths: own cases, a naive twin, and twitter-text's conformance data where it is at hand.

#![expect(clippy::indexing_slicing, reason = "a test that is wrong may panic")]

mod cases;
mod conformance;
mod lengths;
mod naive;
mod reposts;
mod twins;
mod urls;

use flashtag::domain::hashtag::hashtags;

/// The tags of a text, joined by spaces: how the tables of cases write them.
fn tags(text: &str) -> String {
    hashtags(text).map(|found| found.tag).collect::<Vec<_>>().join(" ")
}
