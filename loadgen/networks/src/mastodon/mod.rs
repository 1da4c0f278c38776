//! Mastodon: one instance with its REST interface and its streaming interface.

mod accounts;
mod apps;
mod content;
mod entities;
mod event;
mod instance;
mod notification_calls;
mod oauth_calls;
mod page;
mod people;
mod reply;
mod routes;
mod status;
mod status_calls;
mod stream;
mod streaming;
mod timeline_calls;
mod world;

pub use world::{Options, World};
