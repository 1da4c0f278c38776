//! The rules of the sale, tested through the contract that the shells use: decide, apply, deadline.

mod brakes_model;
mod credit;
mod credit_model;
mod credit_world;
mod event_form;
mod ids;
mod ledger;
mod scenario;
mod session_memory;
mod signed_links;
mod small_world;
mod standing_model;
mod tables;
mod time_and_money;
mod transitions;
mod twin;
mod twin_rules;
mod waitlist;
mod world;
