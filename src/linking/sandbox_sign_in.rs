//! The sandbox sign-in: a page of this server that takes people at their word. Only for tests.

use super::identity::{
    Back, IdentityProvider, IssuerRule, Leaving, Proven, ProviderId, SignInFault, Started, Typed,
};
use crate::domain::id::{Account, Authors, Network};
use crate::text::network::SANDBOX_PREFIX;

/// Who answers.
const ISSUER: &str = "sandbox";

/// Whom the sandbox signs in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SandboxSignsIn {
    /// Every author: the shop is at no network, so nobody real posts to it.
    Anybody,
    /// Sandbox accounts alone: the shop is at a network, and nobody may be one of its authors by saying so.
    SandboxAccounts,
}

impl SandboxSignsIn {
    /// The author's id of what somebody typed as the account: the id, or where only sandbox accounts are signed in, the name of one.
    #[must_use]
    pub fn author_of(self, typed: &str) -> String {
        match self {
            Self::SandboxAccounts if !typed.starts_with(SANDBOX_PREFIX) => format!("{SANDBOX_PREFIX}{typed}"),
            Self::Anybody | Self::SandboxAccounts => typed.to_owned(),
        }
    }

    fn accepts(self, account: &Account) -> bool {
        self == Self::Anybody || account.is_sandbox()
    }
}

/// Signs in accounts of one network, without the network.
#[derive(Debug, Clone, Copy)]
pub struct SandboxSignIn {
    network: Network,
    signs_in: SandboxSignsIn,
}

impl SandboxSignIn {
    /// The sandbox of `network`.
    #[must_use]
    pub const fn new(network: Network, signs_in: SandboxSignsIn) -> Self {
        Self { network, signs_in }
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
    fn id(&self) -> ProviderId {
        ProviderId::Sandbox(self.network)
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
        let account = Authors::OfNetworksOrSandbox.linked_account(self.network, back.code);
        match account {
            Ok(account) if self.signs_in.accepts(&account) => {
                Ok(Proven { shown: account.author.to_string(), account })
            }
            Ok(_) | Err(_) => Err(SignInFault::Typed(match self.signs_in {
                SandboxSignsIn::Anybody => "that is no author's id of this network",
                SandboxSignsIn::SandboxAccounts => {
                    "that is no name of a sandbox account: 1 to 32 of a-z, 0-9 and -"
                }
            })),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::time::Timestamp;

    /// Each row: what the sandbox's address is called with, and who is signed in where the shop is at no network, and at one.
    #[test]
    fn beside_a_network_it_signs_in_sandbox_accounts_alone() {
        let table = [
            (Network::X, "77", Some("x:77"), None),
            (Network::X, "sandbox:ana", Some("x:sandbox:ana"), Some("x:sandbox:ana")),
            (Network::X, "sandbox:77", Some("x:sandbox:77"), Some("x:sandbox:77")),
            (Network::X, "sandbox:", None, None),
            (Network::X, "sandbox:Ana", None, None),
            (Network::X, "SANDBOX:ana", None, None),
            (Network::X, "ana", None, None),
            (Network::Bluesky, "did:plc:ana", Some("bluesky:did:plc:ana"), None),
            (Network::Bluesky, "sandbox:did:plc:ana", None, None),
            (Network::Bluesky, "sandbox:ana", Some("bluesky:sandbox:ana"), Some("bluesky:sandbox:ana")),
            (
                Network::Mastodon,
                "https://a.example/users/ana",
                Some("mastodon:https://a.example/users/ana"),
                None,
            ),
            (Network::Mastodon, "sandbox:ana", Some("mastodon:sandbox:ana"), Some("mastodon:sandbox:ana")),
            (Network::Mastodon, "sandbox:ana@a.example", None, None),
        ];
        for (network, code, alone, beside) in table {
            let expected = [(SandboxSignsIn::Anybody, alone), (SandboxSignsIn::SandboxAccounts, beside)];
            for (signs_in, expected) in expected {
                let now = Timestamp::from_ms(0);
                let back = Back { code, callback: "", verifier: "", issuer: ISSUER, kept: &[], now };
                let proven = SandboxSignIn::new(network, signs_in).finish(&back);
                let account = proven.ok().map(|proven| proven.account.to_string());
                assert_eq!(account.as_deref(), expected, "{network} {code} {signs_in:?}");
            }
        }
    }

    #[test]
    fn what_is_typed_beside_a_network_is_the_name_of_a_sandbox_account() {
        let (alone, beside) = (SandboxSignsIn::Anybody, SandboxSignsIn::SandboxAccounts);
        let table = [
            (alone, "77", "77"),
            (alone, "sandbox:ana", "sandbox:ana"),
            (beside, "ana", "sandbox:ana"),
            (beside, "sandbox:ana", "sandbox:ana"),
            (beside, "77", "sandbox:77"),
        ];
        for (signs_in, typed, author) in table {
            assert_eq!(signs_in.author_of(typed), author, "{typed} {signs_in:?}");
        }
    }
}
