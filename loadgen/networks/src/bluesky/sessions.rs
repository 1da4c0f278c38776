//! Who is signed in.

use std::collections::HashMap;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rand::Rng;
use serde_json::json;

use crate::tokens::secret;

/// A pair of tokens.
#[derive(Debug, Clone)]
pub(crate) struct Pair {
    pub(crate) access: String,
    pub(crate) refresh: String,
}

/// Why a token is not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TokenFault {
    Unknown,
    Expired,
}

#[derive(Debug)]
struct Grant {
    did: String,
    expires_at_ms: i64,
}

/// How long tokens are good, in milliseconds.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Lifetimes {
    pub(crate) access_ms: i64,
    pub(crate) refresh_ms: i64,
    /// How long a refresh token stays good after its use, so that a lost answer signs nobody out.
    pub(crate) grace_ms: i64,
}

/// The tokens that are out. What a token says is its own affair: only what is in here counts.
#[derive(Debug, Default)]
pub(crate) struct Sessions {
    access: HashMap<String, Grant>,
    refresh: HashMap<String, Grant>,
}

impl Sessions {
    pub(crate) fn sign_in(&mut self, did: &str, lives: Lifetimes, now_ms: i64, random: &mut dyn Rng) -> Pair {
        let (access_end, refresh_end) = (now_ms + lives.access_ms, now_ms + lives.refresh_ms);
        let access = jwt("at+jwt", "com.atproto.appPass", did, now_ms, access_end, random);
        let refresh = jwt("refresh+jwt", "com.atproto.refresh", did, now_ms, refresh_end, random);
        self.access.insert(access.clone(), Grant { did: did.to_owned(), expires_at_ms: access_end });
        self.refresh.insert(refresh.clone(), Grant { did: did.to_owned(), expires_at_ms: refresh_end });
        Pair { access, refresh }
    }

    pub(crate) fn who(&self, access: &str, now_ms: i64) -> Result<String, TokenFault> {
        good(self.access.get(access), now_ms)
    }

    /// Uses a refresh token: it is good for the grace only from now on.
    pub(crate) fn refresh(
        &mut self,
        refresh: &str,
        lives: Lifetimes,
        now_ms: i64,
        random: &mut dyn Rng,
    ) -> Result<(String, Pair), TokenFault> {
        let did = good(self.refresh.get(refresh), now_ms)?;
        if let Some(used) = self.refresh.get_mut(refresh) {
            used.expires_at_ms = used.expires_at_ms.min(now_ms + lives.grace_ms);
        }
        let pair = self.sign_in(&did, lives, now_ms, random);
        Ok((did, pair))
    }

    pub(crate) fn sign_out(&mut self, refresh: &str) {
        self.refresh.remove(refresh);
    }

    /// Makes all access tokens expire.
    pub(crate) fn expire(&mut self, now_ms: i64) {
        for grant in self.access.values_mut() {
            grant.expires_at_ms = grant.expires_at_ms.min(now_ms);
        }
    }
}

fn good(grant: Option<&Grant>, now_ms: i64) -> Result<String, TokenFault> {
    let grant = grant.ok_or(TokenFault::Unknown)?;
    if now_ms < grant.expires_at_ms { Ok(grant.did.clone()) } else { Err(TokenFault::Expired) }
}

/// A token of the form that clients read `exp` from.
fn jwt(kind: &str, scope: &str, did: &str, now_ms: i64, end_ms: i64, random: &mut dyn Rng) -> String {
    let header = json!({"typ": kind, "alg": "HS256"});
    let (iat, exp) = (now_ms / 1000, end_ms / 1000);
    let claims = json!({"scope": scope, "sub": did, "iat": iat, "exp": exp, "aud": "did:web:localhost", "jti": secret(random)});
    let part = |value: &serde_json::Value| URL_SAFE_NO_PAD.encode(value.to_string());
    format!("{}.{}.{}", part(&header), part(&claims), secret(random))
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;
    use rand::rngs::Xoshiro256PlusPlus;

    use super::*;

    #[test]
    fn tokens_live_as_long_as_they_say() {
        let mut random = Xoshiro256PlusPlus::seed_from_u64(1);
        let lives = Lifetimes { access_ms: 100, refresh_ms: 1000, grace_ms: 10 };
        let mut sessions = Sessions::default();
        let first = sessions.sign_in("did:plc:a", lives, 0, &mut random);
        assert_eq!(sessions.who(&first.access, 99), Ok("did:plc:a".to_owned()));
        assert_eq!(sessions.who(&first.access, 100), Err(TokenFault::Expired));
        assert_eq!(sessions.who(&first.refresh, 0), Err(TokenFault::Unknown));
        let (_, second) = sessions.refresh(&first.refresh, lives, 200, &mut random).unwrap();
        assert!(sessions.refresh(&first.refresh, lives, 209, &mut random).is_ok());
        let late = sessions.refresh(&first.refresh, lives, 210, &mut random).map(|_| ());
        assert_eq!(late, Err(TokenFault::Expired));
        sessions.expire(250);
        assert_eq!(sessions.who(&second.access, 250), Err(TokenFault::Expired));
        sessions.sign_out(&second.refresh);
        let gone = sessions.refresh(&second.refresh, lives, 251, &mut random).map(|_| ());
        assert_eq!(gone, Err(TokenFault::Unknown));
    }
}
