//! The outbox: carries effects from the durable record to their providers, and reports how each ended.
//!
//! [`queue::Outbox`] is a synchronous machine that is told the time: the live engine drives it from
//! [`runner`], a replay in virtual time drives it directly. It holds nothing that the journal does not
//! say: what is pending was recorded and not settled ([`PendingEffects`](crate::partition::pending_effects::PendingEffects)).
//!
//! Invariant: an effect leaves under one key for ever, its own; a new key is never made up.
//! Invariant: every effect ends in exactly one report, or is pending.
//! Invariant: what may have taken effect at a card provider is looked up before it is sent again.
//! Invariant: no more replies leave on a network within any time than its ceilings say, whatever comes of
//! them. Those that leave are the ones that somebody waits for: prompts, then the results of orders and
//! announcements, then the others, which are dropped when they are stale.
//!
//! Replies and e-mails are delivered at least once: a crash between the delivery and the record of
//! it delivers again, with the same key, the same `Message-ID` and the same words, but for the number
//! behind them that keeps two replies in a row from being the same. What had been tried, and not been
//! recorded, is not known to the ceilings after a crash; nor are the replies to refused posts.

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
