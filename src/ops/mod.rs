//! What the engine keeps at hand beside the journals, in `data/ops.sqlite`, and the shop's sealed secrets.
//!
//! What must survive the loss of this database is in a journal: without it streams are read from an overlap or from now
//! on, the posts of the last days are answered by the first account of their network, today's budgets begin anew, cards
//! that nobody uses any more stay at the card processor, and no alarm tells that a hold on money ends before its capture.
//! Secrets are no part of it: each is a file of its own ([`SecretStore`]). Only the shop's apps at servers where people sign in
//! are in the database, sealed: they are made again.
//!
//! Reading order: [`OpsDatabase`] and its migrations; then one table a file; then `secret`, `seal`, `secrets_key` and
//! `secret_store`.

mod address_letters;
mod card_customers;
mod card_events;
mod card_holds;
mod copying;
mod database;
mod error;
mod forgetting;
mod heard_posts;
mod link_apps;
mod link_cards;
mod link_flows;
mod link_sessions;
mod migrations;
mod network_state;
mod seal;
mod secret;
mod secret_store;
mod secrets_key;
mod signing_key;
mod sole;
mod spending;
mod stopped_letters;
mod stream_cursors;
mod suppressions;
mod token_state;
mod utc_day;

pub use address_letters::{AddressLetter, AddressLetterBounds, AddressLetterRow, NewAddressLetter};
pub use card_customers::CardCustomerRow;
pub use card_events::CardEventBounds;
pub use card_holds::CardHoldRow;
pub use database::OpsDatabase;
pub use error::OpsError;
pub use heard_posts::{HeardBatch, HeardBounds};
pub use link_cards::{CardPageBounds, CardPageRow, CardPageState, NewCardPage};
pub use link_flows::{FlowBounds, FlowRow, NewFlow, TakenFlow};
pub use link_sessions::{SessionBounds, SessionRow};
pub use migrations::{MIGRATIONS, Migration};
pub use network_state::NetworkState;
pub use seal::{NotOpened, SealKey};
pub use secret::Secret;
pub use secret_store::{SecretError, SecretName, SecretStore};
pub use secrets_key::{KeyPlace, OWN_FILE as OWN_SECRETS_KEY, PEOPLE_KEYS, SECRETS, SecretsKeyError};
pub use signing_key::SigningKey;
pub use spending::{Expense, Spent};
pub use suppressions::{AddressHash, SuppressionReason};
pub use token_state::TokenState;
pub use utc_day::UtcDay;
