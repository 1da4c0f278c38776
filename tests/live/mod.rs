//! Whole sales on networks: the real binary against stand-ins that speak the networks' protocols, over real sockets.

mod announcements;
mod operating;
mod providers;
mod sale;
mod shop;
mod strangers;
