//! The sign-in itself: a pushed request, the browser's way, and the exchange of the code.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};

use super::super::asked::{ask, challenge, read, refused, revoke, success, with_query};
use super::super::identity::{
    Back, IdentityProvider, IssuerRule, Leaving, Proven, ProviderId, SignInFault, Started, Typed,
};
use super::client::{SCOPE, ShopClient};
use super::found::LookUp;
use super::token::{assertion, proof};
use crate::domain::id::{Account, Network};
use crate::domain::time::Timestamp;
use crate::net::{Answer, Http, Request};
use crate::networks::Random;
use crate::networks::bluesky::Directory;
use crate::ops::SigningKey;

const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// Signs people in at Bluesky.
pub struct BlueskyIdentity {
    net: Arc<dyn Http>,
    directory: Directory,
    resolver: String,
    client: Arc<ShopClient>,
    random: Random,
    allows_plain: bool,
}

/// What a flow keeps.
#[derive(Serialize, Deserialize)]
struct Kept {
    did: String,
    shown: String,
    token_endpoint: String,
    revocation_endpoint: Option<String>,
    /// The key that is made for this flow, in base64.
    key: String,
    nonce: Option<String>,
}

#[derive(Deserialize)]
struct Pushed {
    request_uri: String,
}

#[derive(Deserialize)]
struct Token {
    access_token: String,
    token_type: String,
    sub: String,
}

/// One flow's requests to the server of sign-ins.
struct Talk<'a> {
    provider: &'a BlueskyIdentity,
    issuer: &'a str,
    client_id: String,
    /// The shop's key; `None` where it proves nothing.
    own: Option<&'a SigningKey>,
    /// The flow's key.
    key: SigningKey,
    nonce: Option<String>,
    now: Timestamp,
}

impl BlueskyIdentity {
    /// Signs people in for the shop. Handles are looked up at `resolver`, the shop's own server; without TLS only in a test.
    #[must_use]
    pub fn new(
        net: Arc<dyn Http>,
        (directory, resolver): (Directory, String),
        client: Arc<ShopClient>,
        random: Random,
        allows_plain: bool,
    ) -> Self {
        Self { net, directory, resolver, client, random, allows_plain }
    }

    fn look_up(&self) -> LookUp<'_> {
        LookUp {
            net: &*self.net,
            directory: &self.directory,
            resolver: &self.resolver,
            allows_plain: self.allows_plain,
        }
    }
}

impl Talk<'_> {
    /// Posts a form, with the proofs. A server that wants its nonce in them is asked once more.
    fn post(&mut self, address: &str, fields: &[(&str, &str)]) -> Result<Answer, SignInFault> {
        let answer = self.post_once(address, fields)?;
        if matches!(answer.status, 400 | 401) && wants_nonce(&answer) {
            return self.post_once(address, fields);
        }
        Ok(answer)
    }

    fn post_once(&mut self, address: &str, fields: &[(&str, &str)]) -> Result<Answer, SignInFault> {
        let random = &self.provider.random;
        let assertion = self.own.map(|own| assertion(own, &self.client_id, self.issuer, &random(), self.now));
        let mut fields = [fields, &[("client_id", self.client_id.as_str())]].concat();
        if let Some(assertion) = &assertion {
            fields.extend([("client_assertion_type", ASSERTION_TYPE), ("client_assertion", assertion)]);
        }
        let proof = proof(&self.key, "POST", address, self.nonce.as_deref(), &random(), self.now);
        let answer = ask(&*self.provider.net, &Request::post_form(address, &fields).header("dpop", proof))?;
        if let Some(nonce) = answer.header("dpop-nonce") {
            self.nonce = Some(nonce.to_owned());
        }
        Ok(answer)
    }
}

fn wants_nonce(answer: &Answer) -> bool {
    #[derive(Deserialize)]
    struct Told {
        error: String,
    }
    answer.json::<Told>().is_ok_and(|told| told.error == "use_dpop_nonce")
}

impl IdentityProvider for BlueskyIdentity {
    fn id(&self) -> ProviderId {
        ProviderId::Network(Network::Bluesky)
    }

    fn typed(&self) -> Option<Typed> {
        Some(Typed { label: "Your handle", example: "@ana.bsky.social" })
    }

    fn issuer_rule(&self) -> IssuerRule {
        IssuerRule::Named
    }

    fn start(&self, leaving: &Leaving<'_>) -> Result<Started, SignInFault> {
        let (client_id, own) = self.client.id(leaving.callback)?;
        let found = self.look_up().find(leaving.typed)?;
        let server = &found.server;
        let key = SigningKey::random();
        let mut talk = Talk {
            provider: self,
            issuer: &server.issuer,
            client_id: client_id.clone(),
            own,
            key,
            nonce: None,
            now: leaving.now,
        };
        let challenge = challenge(leaving.verifier);
        let fields = [
            ("response_type", "code"),
            ("redirect_uri", leaving.callback),
            ("scope", SCOPE),
            ("state", leaving.state.text()),
            ("code_challenge", &challenge),
            ("code_challenge_method", "S256"),
            ("login_hint", &found.hint),
        ];
        let answer = talk.post(&server.pushed_authorization_request_endpoint, &fields)?;
        if !answer.is_success() {
            return Err(refused(&answer));
        }
        let Pushed { request_uri } = read(&answer)?;
        let pairs = [("client_id", client_id.as_str()), ("request_uri", &request_uri)];
        let go_to = with_query(&server.authorization_endpoint, &pairs);
        let kept = Kept {
            did: found.did,
            shown: found.shown,
            token_endpoint: server.token_endpoint.clone(),
            revocation_endpoint: server.revocation_endpoint.clone(),
            key: STANDARD.encode(talk.key.stored().expose()),
            nonce: talk.nonce,
        };
        let kept = serde_json::to_vec(&kept).expect("what a flow keeps is plain");
        Ok(Started { go_to, issuer: server.issuer.clone(), kept })
    }

    fn finish(&self, back: &Back<'_>) -> Result<Proven, SignInFault> {
        let unreadable = || SignInFault::Unanswered("the sign-in was stored by another release".to_owned());
        let kept: Kept = serde_json::from_slice(back.kept).map_err(|_| unreadable())?;
        let key = STANDARD.decode(&kept.key).ok().and_then(|key| SigningKey::restore(&key));
        let (client_id, own) = self.client.id(back.callback)?;
        let mut talk = Talk {
            provider: self,
            issuer: back.issuer,
            client_id,
            own,
            key: key.ok_or_else(unreadable)?,
            nonce: kept.nonce,
            now: back.now,
        };
        let fields = [
            ("grant_type", "authorization_code"),
            ("code", back.code),
            ("redirect_uri", back.callback),
            ("code_verifier", back.verifier),
        ];
        let answer = success(talk.post(&kept.token_endpoint, &fields)?)?;
        let token: Token = read(&answer)?;
        // Whatever comes of it, nobody needs the token any more.
        if let Some(revocation) = &kept.revocation_endpoint
            && let Err(fault) =
                revoke(|| talk.post(revocation, &[("token", token.access_token.as_str())]).and_then(success))
        {
            tracing::warn!("a buyer's token at {} could not be revoked: {fault}", back.issuer);
        }
        if !token.token_type.eq_ignore_ascii_case("dpop") {
            return Err(SignInFault::NotTheirs("the server gave a token that anybody could use".to_owned()));
        }
        if token.sub != kept.did {
            let text = "another account signed in than the one that was typed; type the one that is yours";
            return Err(SignInFault::NotTheirs(text.to_owned()));
        }
        let account = Account::parse_linked(Network::Bluesky, &kept.did).map_err(|_| unreadable())?;
        Ok(Proven { account, shown: kept.shown })
    }
}
