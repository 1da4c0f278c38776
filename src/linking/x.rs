//! Signing in at X: OAuth 2.0 with PKCE, by the shop's confidential app.

use std::sync::Arc;

use serde::Deserialize;

use super::asked::{ask_well, challenge, read, revoke, with_query};
use super::identity::{
    Back, IdentityProvider, IssuerRule, Leaving, Proven, ProviderId, SignInFault, Started, Typed,
};
use crate::domain::id::{Account, Network};
use crate::net::{Http, Request};
use crate::networks::x::{Api, Client};

/// What is asked for: to know who it is. X gives no scope that allows less.
const SCOPES: &str = "tweet.read users.read";

/// Signs people in at X.
pub struct XIdentity {
    net: Arc<dyn Http>,
    api: Api,
    page: String,
    app: Client,
}

#[derive(Deserialize)]
struct Token {
    access_token: String,
}

#[derive(Deserialize)]
struct Me {
    data: User,
}

#[derive(Deserialize)]
struct User {
    id: String,
    username: String,
}

impl XIdentity {
    /// Signs people in by that app; `page` is where they allow it.
    #[must_use]
    pub fn new(net: Arc<dyn Http>, api: Api, page: String, app: Client) -> Self {
        Self { net, api, page, app }
    }

    fn whose(&self, token: &str) -> Result<Proven, SignInFault> {
        let signature = format!("Bearer {token}");
        let request = Request::get(self.api.at("/2/users/me")).header("authorization", signature);
        let me: Me = read(&ask_well(&*self.net, &request)?)?;
        let account = Account::parse_linked(Network::X, &me.data.id);
        let account = account.map_err(|fault| SignInFault::Unanswered(fault.to_string()))?;
        Ok(Proven { account, shown: format!("@{}", me.data.username) })
    }
}

impl IdentityProvider for XIdentity {
    fn id(&self) -> ProviderId {
        ProviderId::Network(Network::X)
    }

    fn typed(&self) -> Option<Typed> {
        None
    }

    fn issuer_rule(&self) -> IssuerRule {
        IssuerRule::IfNamed
    }

    fn start(&self, leaving: &Leaving<'_>) -> Result<Started, SignInFault> {
        let challenge = challenge(leaving.verifier);
        let go_to = with_query(
            &self.page,
            &[
                ("response_type", "code"),
                ("client_id", self.app.id()),
                ("redirect_uri", leaving.callback),
                ("scope", SCOPES),
                ("state", leaving.state.text()),
                ("code_challenge", &challenge),
                ("code_challenge_method", "S256"),
            ],
        );
        Ok(Started { go_to, issuer: "https://x.com".to_owned(), kept: Vec::new() })
    }

    fn finish(&self, back: &Back<'_>) -> Result<Proven, SignInFault> {
        let fields = [
            ("grant_type", "authorization_code"),
            ("code", back.code),
            ("redirect_uri", back.callback),
            ("code_verifier", back.verifier),
        ];
        let token: Token = read(&ask_well(&*self.net, &self.app.token_request(&self.api, &fields))?)?;
        let proven = self.whose(&token.access_token);
        // Whatever came of it, nobody needs the token any more.
        let request = self.app.revocation(&self.api, &token.access_token);
        if let Err(fault) = revoke(|| ask_well(&*self.net, &request)) {
            tracing::warn!("a buyer's token at X could not be revoked, and ends by itself: {fault}");
        }
        proven
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::time::Timestamp;
    use crate::linking::asked::script::Script;
    use crate::linking::ticket::Ticket;

    fn provider(net: &Arc<Script>) -> XIdentity {
        let app = Client::new("app".to_owned(), Some("secret".to_owned()));
        let net: Arc<dyn Http> = Arc::clone(net) as _;
        XIdentity::new(net, Api::default(), "https://x.com/i/oauth2/authorize".to_owned(), app)
    }

    fn back() -> Back<'static> {
        Back {
            code: "c0de",
            callback: "https://shop.example/link/cb/x",
            verifier: "verifier",
            issuer: "https://x.com",
            kept: &[],
            now: Timestamp::MIN,
        }
    }

    #[test]
    fn the_browser_goes_to_x_with_a_challenge_and_without_the_verifier() {
        let state = Ticket::new(&[1; 32]);
        let leaving = Leaving {
            typed: "",
            callback: "https://shop.example/link/cb/x",
            state: &state,
            verifier: "verifier",
            now: Timestamp::MIN,
        };
        let started = provider(&Arc::default()).start(&leaving).unwrap();
        let (page, query) = started.go_to.split_once('?').unwrap();
        assert_eq!(page, "https://x.com/i/oauth2/authorize");
        // SHA-256 of "verifier" in base64.
        let challenge = "iMnq5o6zALKXGivsnlom_0F5_WYda32GHkxlV7mq7hQ";
        let parts = [
            "response_type=code",
            "client_id=app",
            "scope=tweet.read%20users.read",
            "redirect_uri=https%3A%2F%2Fshop.example%2Flink%2Fcb%2Fx",
            "code_challenge_method=S256",
            &format!("code_challenge={challenge}"),
            &format!("state={}", state.text()),
        ];
        for part in parts {
            assert!(query.split('&').any(|known| known == part), "{part} is not in {query}");
        }
        assert!(!started.go_to.contains("verifier") && !started.go_to.contains("secret"));
    }

    /// Each row: what X answers to the token, to whose it is and to the revocation; and what comes of it.
    #[test]
    fn the_account_is_the_one_of_the_token_which_is_revoked() {
        let token =
            (200, r#"{"token_type":"bearer","expires_in":7200,"access_token":"t0ken","scope":"users.read"}"#);
        let me = (200, r#"{"data":{"id":"42","name":"Ana","username":"ana"}}"#);
        let revoked = (200, r#"{"revoked":true}"#);
        let refused = SignInFault::Refused;
        let table = [
            ("good", vec![token, me, revoked], Ok("x:42"), 3),
            ("revoked by the second request", vec![token, me, (503, ""), revoked], Ok("x:42"), 4),
            ("not revoked: it ends by itself", vec![token, me, (503, ""), (503, "")], Ok("x:42"), 4),
            (
                "a code of another attempt",
                vec![(
                    400,
                    r#"{"error":"invalid_grant","error_description":"Value passed for the code is old."}"#,
                )],
                Err(refused("Value passed for the code is old.".to_owned())),
                1,
            ),
            (
                "whose is not told",
                vec![token, (403, "{}"), revoked],
                Err(refused("status 403".to_owned())),
                3,
            ),
            (
                "an id that is none",
                vec![token, (200, r#"{"data":{"id":"0x42","username":"eve"}}"#), revoked],
                Err(SignInFault::Unanswered(
                    "the id is not a decimal number of at most 20 digits, as the network gives them"
                        .to_owned(),
                )),
                3,
            ),
            ("X is down", vec![(503, "")], Err(SignInFault::Unanswered("status 503".to_owned())), 1),
        ];
        for (what, answers, expected, asked) in table {
            let net = Arc::new(Script::new(answers));
            let proven = provider(&net).finish(&back()).map(|proven| proven.account.to_string());
            assert_eq!(proven, expected.map(str::to_owned), "{what}");
            let requests = net.asked();
            assert_eq!(requests.len(), asked, "{what}: {requests:?}");
            assert_eq!(
                requests[0],
                "POST https://api.x.com/2/oauth2/token grant_type=authorization_code&code=c0de&\
                 redirect_uri=https%3A%2F%2Fshop.example%2Flink%2Fcb%2Fx&code_verifier=verifier"
            );
            assert_eq!(net.header(0, "authorization").as_deref(), Some("Basic YXBwOnNlY3JldA=="));
            if asked >= 3 {
                assert_eq!(requests[1], "GET https://api.x.com/2/users/me");
                assert_eq!(net.header(1, "authorization").as_deref(), Some("Bearer t0ken"));
                let revocation =
                    "POST https://api.x.com/2/oauth2/revoke token=t0ken&token_type_hint=access_token";
                assert!(requests[2..].iter().all(|request| request == revocation), "{what}: {requests:?}");
            }
        }
    }
}
