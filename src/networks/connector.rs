//! How each account of the shop signs in: by files that the shop keeps, or by its owner's word at the network.

use std::path::Path;
use std::sync::Arc;

use compact_str::{CompactString, ToCompactString};

use super::bluesky::{AppPassword, BlueskySignIn};
use super::mastodon::{MastodonSignIn, OwnAccount, Server};
use super::sign_in::SignIn;
use super::x::{API, AUTHORIZE, Api, Client, XSignIn};
use crate::config::serve::{Credentials, NetworkAccount};
use crate::domain::id::{Account, Network};
use crate::journal::private::{SecretFault, read_secret};
use crate::net::{Answer, Request};

/// Why the files of an account's secrets cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum CredentialFault {
    /// A file cannot be used.
    #[error("network {name}: {fault}")]
    File {
        /// The network's name.
        name: String,
        /// What is wrong.
        fault: SecretFault,
    },
    /// The server's address cannot be used.
    #[error("network {name}: `host` is no address of a server")]
    Host {
        /// The network's name.
        name: String,
    },
}

/// How one account signs in.
#[derive(Debug, Clone)]
pub struct Connector {
    name: String,
    account: Account,
    host: String,
    credentials: Credentials,
}

impl Connector {
    /// The way of an account of the configuration.
    #[must_use]
    pub fn new(account: &NetworkAccount) -> Self {
        Self {
            name: account.name.clone(),
            account: account.account.clone(),
            host: account.host.clone(),
            credentials: account.credentials.clone(),
        }
    }

    /// A sign-in by what the files have now.
    ///
    /// # Errors
    /// When a file cannot be used.
    pub fn sign_in(&self) -> Result<Box<dyn SignIn>, CredentialFault> {
        Ok(match &self.credentials {
            Credentials::App { .. } => Box::new(XSignIn::new(self.api(), self.app()?)),
            Credentials::AppPassword(file) => {
                let (did, password) = (self.account.author.to_compact_string(), self.secret(file)?);
                Box::new(BlueskySignIn::new(AppPassword { server: self.host.clone(), did, password }))
            }
            Credentials::Token(file) => {
                let account = self.account.author.to_compact_string();
                Box::new(MastodonSignIn::new(self.server()?, &account, &self.secret(file)?))
            }
        })
    }

    /// The app-only token of an account at X, if it has one.
    ///
    /// # Errors
    /// When the file cannot be used.
    pub fn app_token(&self) -> Result<Option<String>, CredentialFault> {
        match &self.credentials {
            Credentials::App { token_file: Some(file), .. } => self.secret(file).map(Some),
            _ => Ok(None),
        }
    }

    /// X's API; only of an account at X.
    #[must_use]
    pub fn api(&self) -> Api {
        Api::new(&self.host)
    }

    /// The page on which the owner of an account at X allows the app.
    #[must_use]
    pub fn authorize_page(&self) -> String {
        let path = AUTHORIZE.trim_start_matches("https://x.com");
        if self.host == API { AUTHORIZE.to_owned() } else { format!("{}{path}", self.host) }
    }

    /// The app at X.
    ///
    /// # Errors
    /// When the file of its secret cannot be used.
    pub fn app(&self) -> Result<Client, CredentialFault> {
        match &self.credentials {
            Credentials::App { client_id, client_secret_file, .. } => {
                Ok(Client::new(client_id.clone(), Some(self.secret(client_secret_file)?)))
            }
            _ => Ok(Client::new(String::new(), None)),
        }
    }

    /// Whether the account's owner has to allow the app in a browser.
    #[must_use]
    pub const fn asks_owner(&self) -> bool {
        matches!(self.credentials, Credentials::App { .. })
    }

    /// A request whose answer tells whose token it is.
    ///
    /// # Errors
    /// When the server's address cannot be used.
    pub fn whose(&self) -> Result<Request, CredentialFault> {
        Ok(match self.account.network {
            Network::X => Request::get(self.api().at("/2/users/me")).signed(),
            Network::Bluesky => {
                Request::get(format!("{}/xrpc/com.atproto.server.getSession", self.host)).signed()
            }
            Network::Mastodon => MastodonSignIn::probe(&self.server()?),
        })
    }

    /// Whether the answer to [`whose`](Self::whose) names this account; else what it says.
    ///
    /// # Errors
    /// Returns whose token it is, or why that is not known.
    pub fn is_own(&self, answer: &Answer) -> Result<(), CompactString> {
        let expected = self.account.author.to_compact_string();
        let found = self.named_in(answer).ok_or_else(|| CompactString::const_new("an unreadable answer"))?;
        if found == expected { Ok(()) } else { Err(found) }
    }

    fn named_in(&self, answer: &Answer) -> Option<CompactString> {
        if !answer.is_success() {
            return None;
        }
        let field = |path: &[&str]| {
            let mut value = answer.json::<serde_json::Value>().ok()?;
            for key in path {
                value = value.get_mut(*key)?.take();
            }
            value.as_str().map(CompactString::from)
        };
        match self.account.network {
            Network::X => field(&["data", "id"]),
            Network::Bluesky => field(&["did"]),
            Network::Mastodon => {
                let own = OwnAccount::read(answer).ok()?;
                own.account(&self.server().ok()?).ok().map(|account| account.author.to_compact_string())
            }
        }
    }

    fn server(&self) -> Result<Server, CredentialFault> {
        Server::parse(&self.host).map_err(|_| CredentialFault::Host { name: self.name.clone() })
    }

    fn secret(&self, file: &Path) -> Result<String, CredentialFault> {
        let fault = |fault| CredentialFault::File { name: self.name.clone(), fault };
        read_secret(file).map(|text| text.trim().to_owned()).map_err(fault)
    }
}

/// A client that several users share.
pub type SharedNet = Arc<dyn crate::net::Net>;
