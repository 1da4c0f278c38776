//! The sandbox sign-in: a page of this server that takes everybody at their word. Only for tests.

use super::identity::{Back, IdentityProvider, IssuerRule, Leaving, Proven, SignInFault, Started, Typed};
use crate::domain::id::{Account, Network};

/// Who answers.
const ISSUER: &str = "sandbox";

/// Signs in the authors of one network, without the network.
#[derive(Debug, Clone, Copy)]
pub struct SandboxSignIn {
    network: Network,
}

impl SandboxSignIn {
    /// The sandbox in place of `network`.
    #[must_use]
    pub const fn new(network: Network) -> Self {
        Self { network }
    }

    /// Where the sandbox's page goes on: to the address to which a network returns.
    #[must_use]
    pub fn back(state: &str, author: &str) -> String {
        url::form_urlencoded::Serializer::new(String::new())
            .append_pair("state", state)
            .append_pair("code", author)
            .append_pair("iss", ISSUER)
            .finish()
    }
}

impl IdentityProvider for SandboxSignIn {
    fn network(&self) -> Network {
        self.network
    }

    fn typed(&self) -> Option<Typed> {
        None
    }

    fn issuer_rule(&self) -> IssuerRule {
        IssuerRule::Named
    }

    fn start(&self, leaving: &Leaving<'_>) -> Result<Started, SignInFault> {
        let go_to = format!("/link/sandbox/{}?state={}", self.network, leaving.state.text());
        Ok(Started { go_to, issuer: ISSUER.to_owned(), kept: Vec::new() })
    }

    /// The code is the author.
    fn finish(&self, back: &Back<'_>) -> Result<Proven, SignInFault> {
        let account = Account::parse_linked(self.network, back.code)
            .map_err(|_| SignInFault::Typed("that is no author's id of this network"))?;
        Ok(Proven { shown: account.author.to_string(), account })
    }
}
