//! Whole sales on networks: the real binary against stand-ins that speak the networks' protocols, over real sockets.

mod announcements;
pub(crate) mod cards;
mod direct;
mod kills;
mod link_buyer;
mod link_kills;
mod link_shop;
mod mail_relay;
mod objections;
mod operating;
mod people;
mod providers;
mod proxied;
mod proxy;
mod relays;
mod restored;
mod sale;
pub(crate) mod shop;
mod strangers;
pub(crate) mod stripe;
mod stripe_rights;
