//! Requests to other machines: one client, one resolver, one set of trusted roots.
//!
//! A protocol is written against [`Http`] and [`Net`], as bytes in and bytes out; the clock and randomness are
//! passed to it. So the same code runs over sockets, and under virtual time against stand-ins.

//!
//! [`Client`] is the one over sockets. A [`Dialer`] makes its connections: it resolves a name, judges each address by
//! [`Egress`], connects to it as it was judged, and agrees on TLS with whom [`Trust`] trusts.
//!
//! Reading order: `egress`, `resolver`, `trust`, `socket`, `dialer`; then `transport`, `client`, `lines`, `websocket`; and `talk`,
//! for protocols other than HTTP; and [`dns`], for the texts of a name.

mod client;
mod dialer;
pub mod dns;
mod egress;
mod exchange;
mod lines;
mod opening;
mod resolver;
mod socket;
mod talk;
mod transport;
mod trust;
mod websocket;

pub use client::{Bounds, Client, Failure, FailureKind};
pub use dialer::Dialer;
pub use egress::{Barred, Egress, NoAddress};
pub use exchange::{Answer, Http, Method, NotJson, Request, Unanswered};
pub use opening::{Net, NotOpened, Opening, Received, Wire};
pub use resolver::Lookup;
pub use talk::{Lost, Security, Talk, Talks, TextServer};
pub use trust::{Trust, TrustFault};
