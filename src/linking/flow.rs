//! A sign-in under way, and whether what comes back belongs to it.

use super::identity::{IssuerRule, ProviderId};
use super::returned::Returned;
use crate::domain::time::{Millis, Timestamp};

/// How long a sign-in may take.
pub const FLOW_LIFE: Millis = Millis::from_secs(600);

/// A sign-in that began.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flow {
    /// The provider at which it began.
    pub provider: ProviderId,
    /// Who answers for it.
    pub issuer: String,
    /// When it is over.
    pub expires_at: Timestamp,
}

/// Why a sign-in did not succeed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FlowFault {
    /// The address is not that of a return.
    NotReturned,
    /// There is no such sign-in: it came back before, or its time was over, or it never was.
    Unknown,
    /// Another browser began it.
    OtherBrowser,
    /// Its time was over.
    Late,
    /// It began at another provider.
    OtherProvider,
    /// Somebody else answers than was asked.
    OtherIssuer,
    /// The owner of the account, or the network, refused.
    Denied,
}

impl FlowFault {
    /// The label in the counter.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::NotReturned => "not_returned",
            Self::Unknown => "unknown_flow",
            Self::OtherBrowser => "other_browser",
            Self::Late => "late",
            Self::OtherProvider => "other_provider",
            Self::OtherIssuer => "other_issuer",
            Self::Denied => "denied",
        }
    }
}

impl Flow {
    /// Judges a return to the address of `provider` at `now`, and returns the code to exchange.
    ///
    /// # Errors
    /// When it is not the return of this sign-in, or the provider refused.
    pub fn judge<'r>(
        &self,
        provider: ProviderId,
        returned: &'r Returned,
        rule: IssuerRule,
        now: Timestamp,
    ) -> Result<&'r str, FlowFault> {
        if now >= self.expires_at {
            return Err(FlowFault::Late);
        }
        if provider != self.provider {
            return Err(FlowFault::OtherProvider);
        }
        match &returned.issuer {
            Some(issuer) if *issuer != self.issuer => return Err(FlowFault::OtherIssuer),
            None if rule == IssuerRule::Named => return Err(FlowFault::OtherIssuer),
            _ => {}
        }
        match (&returned.code, &returned.error) {
            (Some(code), None) => Ok(code),
            _ => Err(FlowFault::Denied),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::id::Network;
    use crate::linking::ticket::Ticket;

    fn second(second: i64) -> Timestamp {
        Timestamp::from_ms(second * 1000)
    }

    /// Each row: what is different from a good return, and what becomes of it.
    #[test]
    fn a_return_belongs_to_its_flow_or_is_refused() {
        const OWN: &str = "https://auth.example";
        let provider = ProviderId::Network(Network::Bluesky);
        let flow = Flow { provider, issuer: OWN.to_owned(), expires_at: second(600) };
        let (named, silent) = (IssuerRule::Named, IssuerRule::IfNamed);
        let good = (provider, Some(OWN), Some("code"), named, 0);
        let table = [
            ("nothing", good, Ok("code")),
            ("in its last millisecond", (good.0, good.1, good.2, named, 599), Ok("code")),
            ("in its last second no more", (good.0, good.1, good.2, named, 600), Err(FlowFault::Late)),
            ("a day later", (good.0, good.1, good.2, named, 86_400), Err(FlowFault::Late)),
            (
                "to another network's address",
                (ProviderId::Network(Network::X), good.1, good.2, named, 0),
                Err(FlowFault::OtherProvider),
            ),
            (
                "to the address of the sandbox beside it",
                (ProviderId::Sandbox(Network::Bluesky), good.1, good.2, named, 0),
                Err(FlowFault::OtherProvider),
            ),
            (
                "from a server that mixes itself in",
                (good.0, Some("https://evil.example"), good.2, named, 0),
                Err(FlowFault::OtherIssuer),
            ),
            (
                "from a server whose name only begins alike",
                (good.0, Some("https://auth.example.evil.example"), good.2, silent, 0),
                Err(FlowFault::OtherIssuer),
            ),
            (
                "from nobody, where it must say who",
                (good.0, None, good.2, named, 0),
                Err(FlowFault::OtherIssuer),
            ),
            ("from nobody, where it need not", (good.0, None, good.2, silent, 0), Ok("code")),
            ("the owner refused", (good.0, good.1, None, named, 0), Err(FlowFault::Denied)),
        ];
        for (what, (provider, issuer, code, rule, at), expected) in table {
            let error = code.is_none().then(|| "access_denied".to_owned());
            let returned = Returned {
                state: Ticket::new(&[0; 32]),
                code: code.map(str::to_owned),
                issuer: issuer.map(str::to_owned),
                error,
            };
            assert_eq!(flow.judge(provider, &returned, rule, second(at)), expected, "{what}");
        }
    }
}
