//! The independent checker behind `flashtag verify`: every promise of the design as a formula.
//!
//! It reads the history (the journal's records) and the card provider's own ledger, and believes
//! neither. It knows the stored types and nothing else of the engine: the rules are derived here a
//! second time, in the most naive way, so that one mistake cannot hide behind itself.
//!
//! Reading order: [`Promise`] lists what is promised. `offer_model` holds what the events of an offer add up to (`apply` adds
//! them up; `entries`, `waitlist`, `price`, `lots`, `operated` and `operation` are its parts). `stock`, `limits`, `draw`, `lifecycle`,
//! `take_back`, `authorship`, `attestation`, `posts`, `account_rules`, `freezes`, `payment`, `outbox`, `consequences`, `reminders`, `announcements` and, for statement
//! credits, `credit` check the events against the promises; `ledger` does so with the provider's lines. [`Checker`] goes
//! through the records once, and [`Report`] shows the result.
//!
//! Invariant: memory grows with what is live, with the orders, the judged transactions and the accepted
//! posts (16 bytes each), not with the records. A broken history does not panic, it is reported; only that
//! its instants can be written at all is the stored type's own duty.

mod account_rules;
mod announcements;
mod apply;
mod attestation;
mod authorship;
mod checker;
mod checks;
mod consequences;
mod credit;
mod draw;
mod ending;
mod entries;
mod freezes;
mod history;
mod ledger;
mod lifecycle;
mod limited_card;
mod limits;
mod lots;
mod offer_model;
mod operated;
mod operation;
mod outbox;
mod partition;
mod payment;
mod posts;
mod price;
mod promise;
mod reminders;
mod report;
mod stock;
mod take_back;
mod waitlist;

pub use checker::Checker;
pub use ending::Ending;
pub use history::{HistoryFault, read_history};
pub use ledger::LedgerEntry;
pub use promise::{Evidence, Promise};
pub use report::{CreditSum, Line, OfferSum, Report};
