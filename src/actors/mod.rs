//! The actors: router, partition, control, clock, and one for each session and each offer.
//!
//! # Why sessions and offers have no mailbox
//!
//! A session's actor *is* the account's conversation, and an offer's actor *is* its inventory counts and
//! deadlines: [`domain::session::Session`](crate::domain::session::Session),
//! [`domain::offer::Offer`](crate::domain::offer::Offer) and
//! [`domain::credit::CreditOffer`](crate::domain::credit::CreditOffer) implement actix' `Actor` and `Handler`
//! in place, as entries of the slab and the table of their campaign. No second registry of actors has to be
//! kept in step.
//!
//! A partition runs on one arbiter, and a session and an offer decide a post together. With mailboxes, the
//! two would await each other, another post could come in between, and each of millions of sessions would
//! cost nearly a kilobyte. So their handlers are called directly ([`sync_context::SyncContext`]), and their
//! messages borrow: the session decides with the offers in its message, in the order in which posts arrived,
//! and nothing is awaited. A handler changes nothing; the partition applies the decision to every session and
//! offer that it names, and appends it.
//!
//! Replays, recordings and simulations drive the same states without actix. So a partition's state machine,
//! which lies below this module, calls sessions and offers through
//! [`partition::handlers::Handlers`](crate::partition::handlers::Handlers): here these are the actors'
//! handlers, there the same `decide` functions that the handlers delegate to.
//!
//! Router, partition, control and clock have mailboxes. Posts, reports, ticks, changes and queries enter through the
//! partition's mailbox.

pub mod clock;
pub mod collector;
pub mod control;
pub mod node;
pub mod offer;
pub mod partition;
pub mod port;
pub mod router;
pub mod session;
pub mod sync_context;

/// Posts whose data is prefetched together: enough that the processor overlaps their cache misses, and few
/// enough that the prefetched data is still in its cache when it is used.
const TOGETHER: usize = 32;
