//! Mastodon: its servers, their answers about themselves and the shop's account, and the form of new statuses.

mod instance;
mod own_account;
mod refusal;
mod server;
mod sign_in;
mod status;

pub use instance::{FeedAccess, Instance};
pub use own_account::OwnAccount;
pub use refusal::has_message;
pub use server::{Heard, NotAServer, Server};
pub use sign_in::MastodonSignIn;
pub use status::{NewStatus, Visibility};
