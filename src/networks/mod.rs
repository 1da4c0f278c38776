//! The shop's own accounts at the networks: how it signs in, and what its requests look like.
//!
//! A sign-in is a protocol without sockets ([`SignIn`]): it says which request renews the access token, and reads the
//! answer. What a network returns once only, such as a refresh token, is durable before its first use.

mod sign_in;
pub mod x;

pub use sign_in::{Renewal, SignIn, SignInFault};
