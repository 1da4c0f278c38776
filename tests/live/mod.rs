//! Whole sales on networks: the real binary against stand-ins that speak the networks' protocols, over real sockets.

mod kills;
mod operating;
mod people;
mod proxied;
mod proxy;
mod sale;
mod shop;
mod strangers;
