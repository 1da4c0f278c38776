//! The outbox: effects on their way to providers, from the durable record to the provider's last word.
//!
//! [`queue::Outbox`] is a synchronous machine that is told the time: the live engine drives it from
//! [`runner`], a replay in virtual time drives it directly. It holds nothing that the journal does not
//! say: what is pending is what was recorded and not settled ([`Undone`](crate::domain::undone::Undone)).
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
pub mod board;
pub mod email;
mod entry;
pub mod export;
pub mod incoming;
pub mod key;
pub mod lane;
mod lane_queue;
pub mod lapse;
pub mod ledger;
pub mod lines;
pub mod once;
pub mod orders;
pub mod pacer;
pub mod provider;
mod purchases;
pub mod queue;
mod rank_queue;
mod refusals;
pub mod render;
pub mod replies;
pub mod retry;
pub mod runner;
pub mod sandbox;
pub mod script;
pub mod smtp;
mod spoken;
pub mod sync;
pub mod text;
pub mod words;
