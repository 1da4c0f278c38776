//! Replies and announcements on X.
//!
//! X has no idempotency keys. What may have been posted is looked for among the account's own posts before it is sent
//! again; so is the reply to a refused post that an earlier process may have heard, for no record tells of it. X does not
//! promise that a new post shows there at once, so a look-up that finds nothing proves nothing; then X's own refusal of a
//! text that it has already is the last guard against a second reply.

mod options;
mod own_posts;
mod paid;
mod posting;
mod provider;

pub use options::XOptions;
pub use paid::PaidX;
pub use provider::X;
