//! Signing in at a network's own pages, to link a card: the real binary, real sockets, and browsers without scripts.

mod attacks;
mod door;
pub(crate) mod site;
mod stand_ins;
mod visitor;
mod way;

pub(crate) use door::Door;
pub(crate) use visitor::{Visitor, counted, sandbox_sign_in, sent_on};
pub(crate) use way::whole_way;
