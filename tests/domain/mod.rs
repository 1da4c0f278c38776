//! Tests of the rules through the contract that the actors use: decide, apply, deadline.

mod account_command_model;
mod credit;
mod credit_model;
mod credit_world;
mod event_form;
mod exhaustive;
mod ids;
mod ledger;
mod left;
mod limits_model;
mod reached;
mod scenario;
mod session_memory;
mod settlements;
mod signed_links;
mod tables;
mod time_and_money;
mod transitions;
mod twin;
mod twin_rules;
mod waitlist;
pub(crate) mod world;
