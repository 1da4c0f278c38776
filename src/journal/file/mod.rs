//! The journal as segment files.

pub mod aligned_blocks;
pub mod disk;
pub mod file_disk;
pub mod lock;
pub mod preallocated;
pub mod preallocator;
pub mod proof;
pub mod reader;
pub mod recovery;
pub mod scan;
pub mod segment;
pub mod watermark;
pub mod writer;
