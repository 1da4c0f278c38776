//! The rules of the sale. Pure: nothing here reads a clock, does I/O, logs, blocks or generates random
//! numbers.
//!
//! Every state machine has one contract: `decide` decides a command and changes nothing, `apply` applies an
//! event and cannot refuse, `next_deadline` returns the next instant at which something is due.

pub mod about;
pub mod account_status;
pub mod answer;
pub mod arrival;
pub mod campaign;
pub mod card_name;
pub mod cid;
pub mod command;
pub mod confirmable;
pub mod credit;
pub mod dead_letter;
pub mod decision;
pub mod draw;
pub mod effect;
pub mod end;
pub mod event;
pub mod has_address;
pub mod heard_posts;
pub mod holding;
pub mod id;
pub mod key_form;
pub mod lane;
pub mod left;
pub mod link;
pub mod listing;
pub mod money;
pub mod objection;
pub mod offer;
pub mod offering;
pub mod offers;
pub mod order;
pub mod order_details;
pub mod outcome;
pub mod parked_deletions;
pub mod payment;
pub mod post;
pub mod provider_ref;
pub mod refusal;
pub mod reply_request;
pub mod reservation;
pub mod rules;
pub mod sale_control;
pub mod sale_order;
pub mod session;
pub mod settlement;
pub mod status_word;
pub mod terms;
pub mod time;
pub mod transaction;
pub mod waitlist;
