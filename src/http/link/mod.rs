//! The linking page, `/link`, and the page of an account, `/me`. They work without scripts.
//!
//! A browser holds two cookies: one while it signs in, one while it is signed in. Every form carries a token that is made
//! from the cookie, and is refused without it, or when it comes from a page of another site. Every step is counted.
//!
//! Reading order: `visit`, `refusal`, `route`, `start`, `turns`, `card`, `given`, `me`, `address`; `sandbox` has the pages of tests.

pub(super) mod address;
pub(super) mod card;
mod given;
pub(super) mod me;
mod objections;
mod offers;
mod orders;
mod pages;
mod parts;
mod refusal;
mod route;
pub(super) mod sandbox;
pub(super) mod start;
mod turns;
mod visit;

pub use given::{CardCame, CardNotLinked, link_given_card};
pub(super) use pages::{close_card_pages, forget, leave, turn_of};
pub use parts::{LINKING_TOTAL, LinkPages};
pub use turns::{Turn, Turns};
