//! The shop's own accounts at the networks: how it signs in, and what its requests look like.
//!
//! A sign-in is a protocol without sockets ([`SignIn`]): it says which request renews the access token, and reads the
//! answer. [`SignedNet`] makes these requests, and adds the token to the others. What a network returns once only, such as
//! a refresh token, is durable before its first use ([`Keep`]).

mod access;
pub mod bluesky;
mod board;
mod connector;
mod entry;
mod keep;
pub mod mastodon;
mod operation;
mod owners;
mod probe;
mod purse;
mod rate_limits;
mod shop_networks;
mod sign_in;
mod signed_net;
pub mod x;

pub use access::Standing;
pub use board::{AccountState, ShopAccount, Source};
pub use connector::{Connector, CredentialFault, SharedNet};
pub use entry::{Entry, Random, Shared, Signed};
pub use keep::{Keep, NotKept, SealedKeep};
pub use operation::{Operated, Operation, OperationFault};
pub use probe::{Note, NoteKind, probe};
pub use purse::{Allowance, Purse};
pub use rate_limits::{RateLimit, RateLimits};
pub use shop_networks::ShopNetworks;
pub use sign_in::{Renewal, SignIn, SignInFault};
pub use signed_net::SignedNet;
