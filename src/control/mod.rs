//! State of the whole node: the control journal with links and account status, the current catalog, and the
//! key of the confirm links.
//!
//! The control journal holds what is true of an account in every partition. Each partition records the words
//! that concern its accounts as well, and reads no other journal at a replay; status is a last-writer-wins
//! register, so no order between the journals is needed.
//!
//! Reading order: [`record`], [`state`], [`journal`], [`processor`].

pub mod card_holders;
pub mod catalog_handle;
pub mod codec;
pub mod confirm_links;
pub mod instance_file;
pub mod journal;
pub mod link_registry;
pub mod mode_file;
pub mod offer_notices;
pub mod old_links;
pub mod processor;
pub mod quarantine_file;
pub mod record;
pub mod rewriting;
pub mod snapshot;
pub mod state;
pub mod unlinked;
