//! The handle of a running node: posts, transactions, questions, changes and links come in through it.

mod accounts;
mod confirmation;
mod handle;
mod posts;
mod reads;
mod status;

pub use confirmation::{LinkRefusal, LinkedReservation};
pub use handle::{Node, NodeParts};
