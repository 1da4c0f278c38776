//! The outbox: carries effects from the durable record to their providers, and reports how each ended.
//!
//! [`queue::Outbox`] is a synchronous state machine: the live engine drives it from [`runner`], a replay
//! drives it directly in virtual time. Its pending effects follow from the journal: they are the effects that
//! were recorded and not settled ([`PendingEffects`](crate::partition::pending_effects::PendingEffects)).
//!
//! [`provider::Provider`] is the interface to the outside. Each lane has one provider: each network, each
//! kind of money, e-mail and the merchant's orders. A provider's
//! [`ResendSafety`](resend_safety::ResendSafety) tells what it does with a key that it may have seen; from
//! that the queue decides whether an effect is sent again, looked up or given up.
//!
//! Invariant: an effect leaves under its own key at every attempt; no attempt uses a new key.
//! Invariant: every effect ends in exactly one report, or is pending.
//! Invariant: money that may have moved is sent again only under a key that its provider still remembers, or
//! after a look-up proved that it had not moved.
//! Invariant: within any period, no more replies leave on a network than its ceilings allow, whatever their
//! results. Prompts leave first, then the results of orders and announcements, then the others, which are
//! dropped when they are stale.
//!
//! Replies and e-mails are delivered at least once. After a crash between a delivery and its record they are
//! delivered again, with the same key, the same `Message-ID` and the same text, except for the number that
//! keeps two replies in a row from being equal. After a crash, attempts without a record do not count against
//! the ceilings; neither do replies to refused posts.

pub mod address_book;
pub mod attempt;
pub mod attestor;
pub mod dead_letters;
pub mod delivery_key;
pub mod effect_line;
pub mod incoming;
pub mod instance;
pub mod instance_id;
pub mod lane_status;
pub mod provider;
pub mod queue;
pub mod report;
pub mod resend_safety;
pub mod runner;
pub mod status;
pub mod text;
