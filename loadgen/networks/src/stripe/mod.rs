//! Stripe: payment intents with manual capture, refunds, disputes, events with their webhooks, and what its keys promise; customers, and the
//! hosted pages that take their cards by name, and on which their banks ask for them. No numbers, and no money.
//!
//! How a card behaves is in the name of its payment method ([`Behaviour`]), as with Stripe's own test cards. Every id that
//! begins with `cus_` may be charged, and so may every `pm_`, but for cards of the page that are not attached to it.

mod account;
mod behaviour;
mod cards;
mod challenge;
mod checkout;
mod checkout_calls;
mod dispute;
mod event;
mod failure;
mod form;
mod intent;
mod objecting;
mod refund;
mod remembered;
mod routes;
mod world;

pub use account::Account;
pub use behaviour::Behaviour;
pub use cards::{CARDS, TestCard};
pub use checkout::{CheckoutSession, Customer, PaymentMethod};
pub use dispute::{Dispute, FraudWarning};
pub use event::{Event, Webhook};
pub use intent::{Intent, Status};
pub use refund::{Refund, RefundStatus};
pub use world::{Trouble, World};
