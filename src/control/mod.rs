//! State of the whole node: the accounts' links, the current catalog, and the key of the confirm links.

pub mod catalog_handle;
pub mod confirm_links;
pub mod link_registry;
pub mod link_store;
