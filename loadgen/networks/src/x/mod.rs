//! X: posts, its rules for replies, the filtered stream and the activity stream.

mod activity;
mod activity_calls;
mod entities;
mod fields;
mod filtered_stream;
mod list_calls;
mod matching;
mod oauth_calls;
mod people;
mod post_calls;
mod problem;
mod routes;
mod rule;
mod rule_calls;
mod search;
mod stream;
mod subscription;
mod tokens;
mod tweet;
mod weighted;
mod world;

pub use world::{Options, World};
