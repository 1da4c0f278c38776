//! The HTTP interface of `flashtag serve`, from outside: a real process, real sockets.

mod bad_bodies;
mod bad_requests;
mod client;
mod doors;
mod posts;
mod reading;
mod served;
mod slow;
