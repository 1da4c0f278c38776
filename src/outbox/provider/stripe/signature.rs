//! The signature of Stripe's webhooks: whether a body was sent by who knows the endpoint's secret, and just now.

use std::fmt;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::domain::time::{Millis, Timestamp};

/// How far the time of a signature may lie from now, on both sides. A body that was caught on its way is worth nothing
/// later.
pub const TOLERANCE: Millis = Millis::from_secs(300);

/// Bytes of the header at most.
const HEADER_BYTES_MOST: usize = 4096;

/// Secrets of an endpoint at most. Stripe lets two be valid while one takes the other's place.
const SECRETS_MOST: usize = 8;

/// Bytes of a secret at most.
const SECRET_BYTES_MOST: usize = 255;

/// What secrets begin with.
const START: &str = "whsec_";

/// The secrets of an endpoint. They are never shown.
#[derive(Clone, PartialEq, Eq)]
pub struct WebhookSecrets(Vec<String>);

/// Why a text has no secrets. It shows nothing of the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "it has a secret of the endpoint in each line, which begins with whsec_; at most 8, and at least one"
)]
pub struct NoSecrets;

/// Why a webhook is not believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Forged {
    /// There is no signature, or it cannot be read.
    Unsigned,
    /// It is of another time.
    Untimely,
    /// It was not made with a secret of the endpoint, or the body was changed.
    Unknown,
}

impl Forged {
    /// The name in metrics and in answers.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Unsigned => "unsigned",
            Self::Untimely => "untimely",
            Self::Unknown => "forged",
        }
    }
}

impl WebhookSecrets {
    /// Reads secrets, one in each line.
    ///
    /// # Errors
    /// When a line is no secret, or there are none or too many.
    pub fn parse(text: &str) -> Result<Self, NoSecrets> {
        let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
        let secrets = lines.map(|line| {
            let rest = line.strip_prefix(START).filter(|_| line.len() <= SECRET_BYTES_MOST)?;
            let plain = rest.bytes().all(|byte| byte.is_ascii_graphic());
            (!rest.is_empty() && plain).then(|| line.to_owned())
        });
        let secrets = secrets.collect::<Option<Vec<_>>>().ok_or(NoSecrets)?;
        if secrets.is_empty() || secrets.len() > SECRETS_MOST { Err(NoSecrets) } else { Ok(Self(secrets)) }
    }

    /// Checks the signature of a body as it came. `now` is the wall clock's.
    ///
    /// # Errors
    /// When the body is not to be believed.
    pub fn check(&self, header: &str, body: &[u8], now: Timestamp) -> Result<(), Forged> {
        let Signed { at, signatures } = Signed::read(header).ok_or(Forged::Unsigned)?;
        let seconds = now.ms().div_euclid(1000).abs_diff(at);
        if i64::try_from(seconds).is_ok_and(|seconds| seconds * 1000 > TOLERANCE.ms()) {
            return Err(Forged::Untimely);
        }
        let mut is_known = false;
        for secret in &self.0 {
            let mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("a key may have any length");
            let mac = mac.chain_update(at.to_string()).chain_update(b".").chain_update(body);
            // Compares in constant time, and each with each, so that timing tells nothing of a guess.
            is_known |=
                signatures.iter().fold(false, |known, found| known | mac.clone().verify_slice(found).is_ok());
        }
        if is_known { Ok(()) } else { Err(Forged::Unknown) }
    }
}

impl fmt::Debug for WebhookSecrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("WebhookSecrets(***)")
    }
}

/// The header `Stripe-Signature`.
struct Signed {
    /// In seconds since 1970.
    at: i64,
    /// The signatures of the first scheme, of which each may be the one.
    signatures: Vec<[u8; 32]>,
}

impl Signed {
    /// Reads `t=1796050870,v1=...,v1=...`; other schemes are passed over. `None` if it has no time, more than one, or no
    /// signature.
    fn read(header: &str) -> Option<Self> {
        if header.len() > HEADER_BYTES_MOST {
            return None;
        }
        let (mut times, mut signatures) = (Vec::new(), Vec::new());
        for part in header.split(',') {
            match part.trim().split_once('=')? {
                ("t", time) => times.push(time.parse::<u32>().ok()?),
                ("v1", digits) => signatures.push(crate::text::hex::bytes_of(digits)?),
                _ => {}
            }
        }
        let &[at] = times.as_slice() else { return None };
        (!signatures.is_empty()).then(|| Self { at: i64::from(at), signatures })
    }
}
