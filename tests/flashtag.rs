//! Every test that looks at Flashtag from outside, in one binary: one link, one run.

mod hashtag;
mod journal;
