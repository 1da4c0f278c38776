//! The outbox: effects on their way to providers, from the durable record to the provider's last word.
//!
//! [`queue::Outbox`] is a synchronous machine that is told the time: the live engine drives it from
//! [`runner`], a replay in virtual time drives it directly. It holds nothing that the journal does not
//! say: what is pending is what was recorded and not settled ([`Event::settles`](crate::domain::event::Event::settles)).
//!
//! Invariant: an effect leaves under one key for ever, its own; a new key is never made up.
//! Invariant: every effect ends in exactly one report, or is pending.
//! Invariant: what may have taken effect at a card provider is looked up before it is sent again.
//!
//! Replies and e-mails are delivered at least once: a crash between the delivery and the record of
//! it delivers again, with the same key, the same `Message-ID` and the same words.

pub mod attempt;
pub mod email;
pub mod export;
pub mod key;
pub mod lane;
pub mod ledger;
pub mod lines;
pub mod once;
pub mod orders;
pub mod provider;
pub mod queue;
pub mod replies;
pub mod retry;
pub mod runner;
pub mod sandbox;
pub mod script;
pub mod smtp;
pub mod sync;
pub mod text;
pub mod words;
