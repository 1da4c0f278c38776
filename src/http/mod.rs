//! HTTP: intake, read API, operating, confirming by a link, health and metrics. The README has the interface.
//!
//! A request passes `stamp` (its id; every failure becomes a problem), `auth` (personal data and all
//! that changes something needs a token), `body` (bounded in bytes and in time), and then the file of
//! its noun. Nothing here decides: posts go to the engine, and what comes back is durable.
//!
//! Three answers are actix's own and have no problem document, because they are given before a request
//! exists: 400 for framing that cannot be trusted, 408 for a head that does not come, 431 for a head
//! that does not end. They are counted all the same, as are connections that were cut because nothing came
//! of them: `wire`.

mod accounts;
mod auth;
mod body;
mod body_drain;
mod confirm;
mod connection_guard;
mod health;
mod html;
mod intake;
mod metrics;
mod offers;
mod orders;
mod problem;
mod request_id;
mod routes;
mod server;
mod state;
mod stock;
mod transactions;

pub use auth::{TokenFault, Tokens};
pub use confirm::CONFIRM_LINKS_TOTAL;
pub use problem::REJECTED_TOTAL;
pub use server::{HttpServer, NotListening};
pub use state::State;
