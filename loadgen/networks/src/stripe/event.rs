//! Events, and the webhooks that tell of them.

use std::fmt::Write as _;

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

/// The bytes of a block of SHA-256.
const BLOCK: usize = 64;

/// That something happened to an object.
#[derive(Debug, Clone)]
pub struct Event {
    /// The id.
    pub id: String,
    /// What happened, as `charge.dispute.created`.
    pub kind: String,
    /// When, in milliseconds since 1970.
    pub created_ms: i64,
    /// The object as it was then.
    pub(super) object: Value,
}

/// A request to the shop's endpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Webhook {
    /// The header `Stripe-Signature`.
    pub signature: String,
    /// The body.
    pub body: String,
}

impl Event {
    pub(super) fn json(&self) -> Value {
        json!({
            "id": self.id,
            "object": "event",
            "api_version": "2026-06-24.dahlia",
            "created": self.created_ms.div_euclid(1000),
            "data": { "object": self.object },
            "livemode": false,
            "pending_webhooks": 1,
            "request": { "id": null, "idempotency_key": null },
            "type": self.kind,
        })
    }

    /// The request that tells of it, signed with the secret of an endpoint.
    #[must_use]
    pub fn webhook(&self, secret: &str, now_ms: i64) -> Webhook {
        Webhook::signed(self.json().to_string(), secret, now_ms)
    }
}

impl Webhook {
    /// A body, signed with the secret of an endpoint.
    #[must_use]
    pub fn signed(body: String, secret: &str, now_ms: i64) -> Self {
        let seconds = now_ms.div_euclid(1000);
        let signature = hmac(secret.as_bytes(), format!("{seconds}.{body}").as_bytes());
        Self { signature: format!("t={seconds},v1={signature}"), body }
    }
}

/// HMAC by RFC 2104, in hexadecimal digits: what signs here is not what checks there.
fn hmac(key: &[u8], text: &[u8]) -> String {
    let mut block = [0_u8; BLOCK];
    let key = if key.len() > BLOCK { Sha256::digest(key).to_vec() } else { key.to_vec() };
    for (byte, of_key) in block.iter_mut().zip(key) {
        *byte = of_key;
    }
    let inner = Sha256::new().chain_update(block.map(|byte| byte ^ 0x36)).chain_update(text).finalize();
    let outer = Sha256::new().chain_update(block.map(|byte| byte ^ 0x5c)).chain_update(inner).finalize();
    outer.iter().fold(String::new(), |mut digits, byte| {
        write!(digits, "{byte:02x}").ok();
        digits
    })
}
