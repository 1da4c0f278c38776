//! The outbox: carries effects from the durable record to their providers, and reports how each ended.
//!
//! [`queue::Outbox`] is a synchronous state machine: the live engine drives it from [`runner`], a replay drives it directly
//! in virtual time. It holds nothing that the journal does not say: what is pending was recorded and not settled
//! ([`PendingEffects`](crate::partition::pending_effects::PendingEffects)).
//!
//! [`provider::Provider`] is the seam to the world. A lane has one provider: each network, each kind of money, e-mail and
//! the merchant's orders. What a provider does with a key that it may have seen stands in its
//! [`ResendSafety`](resend_safety::ResendSafety); the queue decides from that whether an effect is sent again, looked up or
//! given up.
//!
//! Invariant: an effect leaves under its own key at every attempt; no new key is ever made up.
//! Invariant: every effect ends in exactly one report, or is pending.
//! Invariant: money that may have moved is sent again only under a key that its provider still remembers, or after a
//! look-up proved that it had not moved.
//! Invariant: no more replies leave on a network within any period than its ceilings allow, whatever their results. Prompts
//! leave first, then the results of orders and announcements, then the others, which are dropped when they are stale.
//!
//! Replies and e-mails are delivered at least once: a crash between a delivery and its record delivers again, with the same
//! key, the same `Message-ID` and the same text, but for the number that keeps two replies in a row from being the same.
//! Attempts without a record do not count against the ceilings after a crash; nor do replies to refused posts.

pub mod attempt;
pub mod delivery_key;
pub mod effect_line;
pub mod incoming;
pub mod provider;
pub mod queue;
pub mod report;
pub mod resend_safety;
pub mod runner;
pub mod status;
pub mod text;
