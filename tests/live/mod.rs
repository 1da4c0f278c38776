//! Whole sales on networks: the real binary against stand-ins that speak the networks' protocols, over real sockets.

mod announcements;
mod bank;
pub(crate) mod cards;
mod checkout;
mod direct;
mod holds;
mod kills;
mod link_buyer;
mod link_kills;
mod link_shop;
mod mail_relay;
mod objections;
mod operating;
mod people;
pub(crate) mod place;
mod providers;
mod proxied;
mod proxy;
mod relays;
mod restored;
mod sale;
mod sca;
pub(crate) mod shop;
mod strangers;
pub(crate) mod stripe;
mod stripe_rights;
pub(crate) mod till;
