//! What the pages of linking stand on: the desk, the sandboxes, and the counter.

use std::sync::Arc;

use super::turns::Turns;
use crate::linking::{AddressDesk, Desk, SandboxCards, SandboxSignsIn};

/// Counts the steps of linking, by `result`.
pub const LINKING_TOTAL: &str = "flashtag_linking_total";

/// Who signs people in and takes their cards.
pub struct LinkPages {
    /// Signs people in.
    pub desk: Desk,
    /// Proves the addresses to which their letters go.
    pub addresses: AddressDesk,
    /// Whom the sandbox's sign-in signs in; `None` if there is none.
    pub sandbox_sign_in: Option<SandboxSignsIn>,
    /// What the shop tells Bluesky's servers about itself; `None` if nobody signs in there.
    pub client_metadata: Option<serde_json::Value>,
    /// The sandbox's card page; `None` if cards are taken elsewhere.
    pub sandbox_cards: Option<Arc<SandboxCards>>,
    /// Whose card is being linked or taken away.
    pub turns: Turns,
}
