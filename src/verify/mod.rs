//! The independent checker behind `flashtag verify`: every promise of the design as a formula.
//!
//! It reads the history (the journal's records) and the card provider's own ledger, and believes
//! neither. It knows the stored types and nothing else of the engine: the rules are derived here a
//! second time, in the most naive way, so that one mistake cannot hide behind itself.
//!
//! Reading order: [`Promise`] lists what is promised, `book` has what the facts come to (`entering` adds
//! them up, `standing` and `line` have what is in it), `stock`, `limits`, `draw`, `life`, `take_back`,
//! `words`, `posts`, `brakes`, `payment`, `outbox`, `follow`, `news` and, for statement credits, `credit`
//! hold the facts against the promises, `ledger` does so with the provider's lines, [`Checker`] goes
//! through the records once, [`Report`] tells.
//!
//! Invariant: memory grows with what is live, with the orders, the judged transactions and the accepted
//! posts (16 bytes each), not with the records. A broken history does not panic, it is reported; only that
//! its instants can be written at all is the stored type's own duty.

mod book;
mod brakes;
mod checker;
mod credit;
mod draw;
mod ending;
mod entering;
mod follow;
mod history;
mod ledger;
mod life;
mod limits;
mod line;
mod lots;
mod news;
mod operation;
mod outbox;
mod partition;
mod payment;
mod posts;
mod price;
mod promise;
mod report;
mod standing;
mod stock;
mod take_back;
mod tally;
mod words;

pub use checker::Checker;
pub use ending::Ending;
pub use history::{HistoryFault, read_history, write_history};
pub use ledger::LedgerEntry;
pub use promise::{Evidence, Promise};
pub use report::{CreditSum, Line, OfferSum, Report};
