//! The shop's own account at its server.

use compact_str::CompactString;
use serde::Deserialize;

use super::server::Server;
use crate::domain::id::{Account, IdFault, Network};
use crate::net::{Answer, NotJson};

/// The answer to `GET /api/v1/accounts/verify_credentials`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct OwnAccount {
    /// Its id at its server.
    pub id: CompactString,
    /// Its name, without its server.
    pub username: CompactString,
    /// Its address among all servers; servers before 4.2 leave it out.
    uri: Option<CompactString>,
    /// The address of its page. Where that is no page of Mastodon, as `https://a.example/@shop`, it is the account's own.
    url: Option<CompactString>,
    /// Whether it is marked as automated.
    #[serde(default)]
    pub bot: bool,
}

impl OwnAccount {
    /// Reads the answer.
    ///
    /// # Errors
    /// When it is not the account's description.
    pub fn read(answer: &Answer) -> Result<Self, NotJson> {
        answer.json()
    }

    /// The account as posts name their author.
    ///
    /// # Errors
    /// When the server states an address that is none.
    pub fn account(&self, server: &Server) -> Result<Account, IdFault> {
        let named = || server.at(&format!("/users/{}", self.username)).into();
        let page = || self.url.clone().filter(|url| !url.contains("/@"));
        let uri = self.uri.clone().or_else(page).unwrap_or_else(named);
        Account::parse_linked(Network::Mastodon, &uri)
    }

    /// What the shop should change about the account.
    #[must_use]
    pub fn advice(&self) -> Option<&'static str> {
        (!self.bot).then_some(
            "the account is not marked as automated: Mastodon asks accounts that post by themselves to be, \
             under Preferences, Public profile",
        )
    }
}
