//! The actix shells: a router, and partitions with their sessions and offers. They decide nothing:
//! a shell's step is to let the domain decide, to apply what it decided, and to note it for the journal.

pub mod clock;
pub mod collector;
pub mod local_port;
pub mod node;
pub mod offer;
pub mod partition;
pub mod port;
pub mod router;
pub mod routes;
pub mod session;
pub mod sessions;

/// Of so many posts what will be read is asked for at once: enough for a processor to wait for all of it as long as
/// for one, and so few that it still has it at hand when it comes to it.
const TOGETHER: usize = 32;
