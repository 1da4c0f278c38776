//! The shop's own accounts at the networks.

mod x_connect;
mod x_sign_in;
