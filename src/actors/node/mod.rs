//! The handle of a running node. Posts, transactions, queries, changes and links enter through it.

mod accounts;
mod confirmation;
mod handle;
mod objections;
mod operate;
mod posts;
mod reads;
mod status;

pub use accounts::NoPerson;
pub use confirmation::{LinkRefusal, LinkedReservation};
pub use handle::{Node, NodeParts};
pub use objections::ObjectionNoted;
