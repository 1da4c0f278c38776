//! Every test that looks at Flashtag from outside, in one binary: one link, one run.

mod command;
mod config;
mod domain;
mod hashtag;
mod journal;
mod verify;
