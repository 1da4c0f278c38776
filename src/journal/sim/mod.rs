//! A disk in memory that loses power and has faults.

pub mod content;
pub mod fault;
pub mod sim_disk;
