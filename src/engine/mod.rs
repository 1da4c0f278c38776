//! The engine: the only place where the parts are wired together.
//!
//! [`start`] starts them in order, and [`Parts::stop`] ends them in order.

mod addresses;
pub mod archive;
pub mod audit;
pub mod card_events;
mod card_processor;
mod card_upkeep;
pub mod catalog_setup;
mod current_prefilter;
pub mod decision_tap;
mod error;
pub mod explanation;
mod identity;
mod link_desk;
pub mod live;
mod mail;
pub mod moving;
pub mod networks;
mod ops;
mod outbox_thread;
pub mod output;
mod owner_mail;
mod parts;
pub mod pipe;
pub mod plain_text;
mod provider_check;
pub mod reconcile;
mod recovery;
pub mod replay;
pub mod service;
mod setup;
mod slow_disk;
mod snapshot_thread;
mod start;
pub mod status_exchange;
mod stores;
mod subscriber_threads;
mod tail;
mod templates;
pub mod unlinked_release;

pub use crate::actors::node::Node;
pub use crate::actors::port::Overloaded;
pub use crate::api::offer_view::OfferView;
pub use crate::control::confirm_links::ConfirmLinks;
pub use crate::engine::templates::words_of;
pub use crate::outbox::queue::drop_reason::Drops;
pub use crate::outbox::queue::lane_view::LaneView;
pub use crate::words::{Preview, Words};
pub use error::Error;
pub use ops::Ops;
pub use parts::Parts;
pub use provider_check::{ProviderNotes, check_providers};
pub use setup::{Found, JournalAhead, Keys, Setup};
pub use start::start;
pub use stores::partition_directory;
