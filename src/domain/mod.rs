//! The rules of the sale. Pure: nothing here reads a clock, does I/O, logs, waits or draws lots.
//!
//! Every state machine has one contract: `decide` judges a command and changes nothing, `evolve`
//! applies a fact and cannot refuse, `next_deadline` says when time has something to say.

pub mod account_word;
pub mod agenda;
pub mod announcement;
pub mod answer;
pub mod campaign;
pub mod card_number;
pub mod catalog;
pub mod command;
pub mod credit;
pub mod decision;
pub mod digest;
pub mod draw;
pub mod effect;
pub mod event;
pub mod fifo;
pub mod hashtag;
pub mod hex;
pub mod holding;
pub mod id;
pub mod label;
pub mod length;
pub mod link;
pub mod look_alike;
pub mod lookup;
pub mod money;
pub mod offer;
pub mod offering;
pub mod order;
pub mod outcome;
pub mod post;
pub mod quantity;
pub mod refusal;
pub mod reservation;
pub mod roster;
pub mod rules;
pub mod seeded;
pub mod series;
pub mod session;
mod shelf;
pub mod signed_link;
pub mod standing;
pub mod stored;
pub mod terms;
pub mod time;
pub mod transaction;
pub mod undone;
pub mod waitlist;
