//! Stripe: payment intents with manual capture, refunds, and what its keys promise. No card pages, and no money.
//!
//! How a card behaves is in the name of its payment method ([`Behaviour`]), as with Stripe's own test cards. Every id that
//! begins with `cus_` is a customer.

mod account;
mod behaviour;
mod failure;
mod intent;
mod refund;
mod remembered;
mod routes;
mod world;

pub use account::Account;
pub use behaviour::Behaviour;
pub use intent::{Intent, Status};
pub use refund::{Refund, RefundStatus};
pub use world::{Trouble, World};
