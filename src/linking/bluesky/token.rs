//! Signed tokens (JWT): the proof of a flow's key, and the shop's proof of itself.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::domain::time::Timestamp;
use crate::ops::SigningKey;

/// How long the shop's proof is valid, in seconds.
const ASSERTION_LIFE_S: i64 = 60;

/// The public key in the form of the web (JWK).
pub(super) fn jwk(key: &SigningKey) -> Value {
    let (x, y) = key.public();
    json!({"kty": "EC", "crv": "P-256", "x": URL_SAFE_NO_PAD.encode(x), "y": URL_SAFE_NO_PAD.encode(y)})
}

/// The name of a key: the hash of its public half (RFC 7638).
pub(super) fn key_name(key: &SigningKey) -> String {
    let (x, y) = key.public();
    let (x, y) = (URL_SAFE_NO_PAD.encode(x), URL_SAFE_NO_PAD.encode(y));
    let canonical = format!(r#"{{"crv":"P-256","kty":"EC","x":"{x}","y":"{y}"}}"#);
    URL_SAFE_NO_PAD.encode(Sha256::digest(canonical))
}

/// The proof that a request to `address` is made by who has the key.
pub(super) fn proof(
    key: &SigningKey,
    method: &str,
    address: &str,
    nonce: Option<&str>,
    id: &[u8; 32],
    now: Timestamp,
) -> String {
    let header = json!({"typ": "dpop+jwt", "alg": "ES256", "jwk": jwk(key)});
    // Without its query.
    let address = address.split(['?', '#']).next().unwrap_or_default();
    let mut claims =
        json!({"jti": URL_SAFE_NO_PAD.encode(id), "htm": method, "htu": address, "iat": now.ms() / 1000});
    if let (Some(nonce), Some(claims)) = (nonce, claims.as_object_mut()) {
        claims.insert("nonce".to_owned(), nonce.into());
    }
    signed(&header, &claims, key)
}

/// The proof, to who answers at `issuer`, that a request is the shop's.
pub(super) fn assertion(
    key: &SigningKey,
    client_id: &str,
    issuer: &str,
    id: &[u8; 32],
    now: Timestamp,
) -> String {
    let header = json!({"alg": "ES256", "kid": key_name(key)});
    let at = now.ms() / 1000;
    let claims = json!({
        "iss": client_id, "sub": client_id, "aud": issuer, "jti": URL_SAFE_NO_PAD.encode(id), "iat": at,
        "exp": at + ASSERTION_LIFE_S,
    });
    signed(&header, &claims, key)
}

fn signed(header: &Value, claims: &Value, key: &SigningKey) -> String {
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let message = format!("{}.{}", part(header), part(claims));
    let signature = URL_SAFE_NO_PAD.encode(key.sign(message.as_bytes()));
    format!("{message}.{signature}")
}
