//! Linking: the owner of an account signs in at its network, and a card is linked to the account.
//!
//! A sign-in is for identity alone: what a network returns is used once, to learn whose account it is, and kept nowhere.
//! An [`IdentityProvider`] says where the browser goes, and reads with what it comes back; a [`CardVault`] does the same
//! for the page that takes the card. Time and randomness are passed in. What a browser holds is stored as hashes, and what a
//! flow keeps is sealed with the browser's cookie: the database alone finishes no sign-in.
//!
//! Reading order: `ticket`, `returned`, `flow`, `identity`, `vault`, `consents`, `session`, `desk`, `card_desk`; `postbox`,
//! `address_desk`; then one network a file: `x`, `mastodon`, `bluesky`.

mod address_desk;
mod address_fault;
mod asked;
mod bluesky;
mod card_desk;
mod consents;
mod desk;
mod flow;
mod identity;
mod mastodon;
mod postbox;
mod returned;
mod sandbox_cards;
mod sandbox_sign_in;
mod session;
mod ticket;
mod vault;
mod x;

pub use address_desk::{ADDRESS_LETTERS, AddressDesk, AddressGiven, Owner, Shown};
pub use address_fault::AddressFault;
pub use bluesky::{BlueskyIdentity, ShopClient};
pub use card_desk::Given;
pub use consents::{Consents, NotGiven, Purpose};
pub use desk::{Began, Desk, DeskBounds, SignedIn};
pub use flow::{FLOW_LIFE, Flow, FlowFault};
pub use identity::{
    Back, IdentityProvider, IssuerRule, Leaving, Proven, ProviderId, SignInFault, Started, Typed,
};
pub use mastodon::MastodonIdentity;
pub use postbox::{OwnerMail, Postbox};
pub use returned::{NotReturned, Returned};
pub use sandbox_cards::{CARDS, SandboxCard, SandboxCards};
pub use sandbox_sign_in::{SandboxSignIn, SandboxSignsIn};
pub use session::{FRESH, Session};
pub use ticket::Ticket;
pub use vault::{CardPageReturns, CardSession, CardVault, LinkedCard, TakenCard, VaultFault};
pub use x::XIdentity;
