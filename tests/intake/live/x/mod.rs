//! X's streams, with their pages.

mod activity;
mod filtered;
mod recorded;
mod session;
mod world;
