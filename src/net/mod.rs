//! Requests to other machines: one client, one resolver, one set of trusted roots.
//!
//! A protocol is written against [`Http`] and [`Net`], as bytes in and bytes out; the clock and randomness are
//! passed to it. So the same code runs over sockets, and under virtual time against stand-ins.

mod exchange;
mod opening;

pub use exchange::{Answer, Http, Method, NotJson, Request, Unanswered};
pub use opening::{Net, NotOpened, Opening, Received, Wire};
