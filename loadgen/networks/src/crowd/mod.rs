//! People at a network who buy by hashtag: they hear the shop's announcement, post claims, read the shop's answers, and
//! confirm, cancel or fall silent. Pure and seeded: the same plan and the same posts give the same acts.

mod act;
mod people;
mod person;
mod plan;

pub use act::{Act, Deed};
pub use people::Crowd;
pub use plan::{Habits, Plan, Tags};
