//! The actix shells: a router, and partitions with their sessions and offers. They decide nothing:
//! a shell's step is to let the domain decide, to apply what it decided, and to note it for the journal.

pub mod collector;
pub mod links;
pub mod lots;
pub mod offer;
pub mod partition;
pub mod recovery;
pub mod router;
pub mod routes;
pub mod session;
pub mod snapshot;
pub mod ticker;
pub mod view;
