//! What holds for an account everywhere: its link.

pub mod link_registry;
pub mod link_store;
