//! HTTP: intake, reads, operator commands, confirm links, the linking page, health and metrics. `docs/reference/http.md`
//! documents the interface.
//!
//! A request passes `response_stamp` (every failure becomes a problem with the request's id, or a page for people), `hosts` (a server
//! without tokens answers to its own names alone), `auth` (private and mutating routes require a token), `body` (bounded in bytes and in time), and then the file of its
//! resource. Nothing here decides: posts and queries go to the node, and every answer is durable.
//!
//! Three responses come from actix itself and have no problem document, because no request exists yet: 400
//! for framing that cannot be trusted, 408 for a head that does not arrive, 431 for a head that does not end.
//! `connection_guard` counts them, and also the connections that it cut because they stalled.

mod accounts;
mod auth;
mod authenticate;
mod backups;
mod body;
mod body_drain;
mod card_webhooks;
mod challenges;
mod clock;
mod confirm;
mod connection_guard;
#[cfg(test)]
mod contrast;
mod effects;
mod escape;
mod form;
mod health;
mod hosts;
mod html;
mod intake;
mod link;
mod metrics;
mod networks;
mod objections;
mod offers;
mod orders;
mod problem;
mod problem_page;
mod refusal_count;
mod request_id;
mod request_log;
mod response_stamp;
mod routes;
mod sale;
mod server;
mod signed_page;
mod state;
mod stock;
mod suppressions;
mod tokens;
mod transactions;

pub use card_webhooks::CARD_WEBHOOKS_TOTAL;
pub use challenges::Challenges;
pub use confirm::CONFIRM_LINKS_TOTAL;
pub use hosts::Hosts;
pub use link::{CardCame, CardNotLinked, LINKING_TOTAL, LinkPages, Turn, Turns, link_given_card};
pub use refusal_count::REJECTED_TOTAL;
pub use server::{HttpServer, NotListening};
pub use state::State;
pub use tokens::{TokenFault, Tokens};
