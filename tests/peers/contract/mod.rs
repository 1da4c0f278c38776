//! What the adapters rely on, asked of a network's own server and of the stand-in with the same requests.
//!
//! A contract is a table: what is done, and what it must come to. Where another server does something else, and is known to,
//! the reviewed list says what and why; the list is exact, so that a difference that goes away is noticed as well.

mod bluesky;
mod mastodon;
mod table;
mod wire;
