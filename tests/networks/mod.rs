//! The shop's own accounts at the networks.

mod rate_limits;
mod scripted_network;
mod signed_net;
mod x_connect;
mod x_sign_in;
