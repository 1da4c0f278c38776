//! The journal as segment files.

pub mod aligned_blocks;
mod copying;
pub mod disk;
pub mod file_disk;
pub mod file_log;
pub mod follower;
pub mod lock;
pub mod preallocated;
pub mod preallocator;
pub mod private;
pub mod proof;
pub mod reader;
pub mod recovery;
pub mod rewriting;
pub mod scan;
pub mod segment;
pub mod snapshot_files;
pub mod snapshot_reader;
pub mod snapshot_writer;
pub mod store;
pub mod watermark;
