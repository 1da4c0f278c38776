//! HTTP: intake, reads, operating, confirm links, health and metrics. `docs/reference/http.md` has the interface.
//!
//! A request passes `response_stamp` (every failure becomes a problem with its id), `auth` (private and mutating routes need
//! a token), `body` (bounded in bytes and in time), and then the file of its noun. Nothing here decides: posts and
//! questions go to the node, and what comes back is durable.
//!
//! Three answers are actix's own and have no problem document, because no request exists
//! yet: 400 for framing that cannot be trusted, 408 for a head that does not come, 431 for a head
//! that does not end. `connection_guard` counts them, and connections that were cut because nothing came of
//! them.

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
mod refusal_count;
mod request_id;
mod response_stamp;
mod routes;
mod server;
mod state;
mod stock;
mod tokens;
mod transactions;

pub use confirm::CONFIRM_LINKS_TOTAL;
pub use refusal_count::REJECTED_TOTAL;
pub use server::{HttpServer, NotListening};
pub use state::State;
pub use tokens::{TokenFault, Tokens};
