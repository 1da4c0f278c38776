//! Providers that write files: replies, orders and letters that other programs pick up.

pub mod group_sync;
pub mod keyed_file;
pub mod line_file;
pub mod maildir;
pub mod orders;
pub mod replies;
