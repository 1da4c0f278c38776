//! Whose account a token is for, as its server says, and what of that is believed.

use compact_str::CompactString;
use serde::{Deserialize, Serialize};
use url::Url;

use crate::domain::id::{Account, Network};
use crate::linking::asked::{ask_well, read};
use crate::linking::identity::{Proven, SignInFault};
use crate::net::{Http, Request};
use crate::networks::mastodon::{OwnAccount, Server};

/// Where servers from 4.4 on say it, as OpenID Connect does.
pub(super) const USERINFO: &str = "/oauth/userinfo";

/// Where all servers say it.
const CREDENTIALS: &str = "/api/v1/accounts/verify_credentials";

/// Where a server says whose account it is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Claims {
    /// In claims about the account alone, with who makes them.
    UserInfo,
    /// In the account's own description.
    #[default]
    Credentials,
}

/// The answer of [`USERINFO`].
#[derive(Deserialize)]
struct UserInfo {
    /// Who says it.
    iss: CompactString,
    /// The address of the account among all servers.
    sub: CompactString,
    preferred_username: CompactString,
}

impl Claims {
    /// Asks the server that gave a token. It waits for the answer.
    pub(super) fn ask(self, net: &dyn Http, server: &Server, token: &str) -> Result<Proven, SignInFault> {
        let path = match self {
            Self::UserInfo => USERINFO,
            Self::Credentials => CREDENTIALS,
        };
        let signature = format!("Bearer {token}");
        let answer = ask_well(net, &Request::get(server.at(path)).header("authorization", signature))?;
        let unreadable = || SignInFault::Unanswered("it does not say whose account it is".to_owned());
        let (account, name) = match self {
            Self::UserInfo => {
                let UserInfo { iss, sub, preferred_username } = read(&answer).map_err(|_| unreadable())?;
                if !is_of(&iss, server) {
                    let text = format!("the server {} speaks in the name of another one", server.host());
                    return Err(SignInFault::NotTheirs(text));
                }
                let account = Account::parse_linked(Network::Mastodon, &sub);
                (account.map_err(|_| unreadable())?, preferred_username)
            }
            Self::Credentials => {
                let own = OwnAccount::read(&answer).map_err(|_| unreadable())?;
                (own.account(server).map_err(|_| unreadable())?, own.username)
            }
        };
        if home_of(&account).as_ref() != Some(server) {
            let text = format!("the server {} speaks for an account of another server", server.host());
            return Err(SignInFault::NotTheirs(text));
        }
        Ok(Proven { shown: format!("@{name}@{}", server.host()), account })
    }
}

/// Whether an issuer is that server, with or without a slash at its end.
pub(super) fn is_of(issuer: &str, server: &Server) -> bool {
    issuer.strip_suffix('/').unwrap_or(issuer) == server.at("")
}

/// The server that the address of an account names.
fn home_of(account: &Account) -> Option<Server> {
    let address = Url::parse(&account.author.text()).ok()?;
    Server::parse(&address.origin().ascii_serialization()).ok()
}
