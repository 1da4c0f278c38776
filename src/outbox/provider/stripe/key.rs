//! The shop's key at Stripe: restricted, and of the shop's own mode.

use std::fmt;

use crate::config::serve::Mode;

/// What keys begin with, and the mode that they are for.
const RESTRICTED: [(&str, Mode); 2] = [("rk_test_", Mode::Test), ("rk_live_", Mode::Live)];

/// Bytes of a key at most.
const BYTES_MOST: usize = 255;

/// A restricted key. It is never shown.
#[derive(Clone, PartialEq, Eq)]
pub struct StripeKey(String);

/// Why a text is no key for the shop. It shows nothing of the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeyFault {
    /// The key may do everything.
    #[error(
        "it is a secret key (sk_...), which may do everything; make a restricted key (rk_...) in Stripe's dashboard with \
         the permissions that `flashtag check --providers` names"
    )]
    Unrestricted,
    /// The key moves real money, and the shop is a test.
    #[error(
        "it is a live key, and the shop is in mode \"test\"; use a key that begins with rk_test_, or sell for real in a data \
         directory of mode \"live\""
    )]
    LiveInTest,
    /// The key moves no money, and the shop sells for real.
    #[error("it is a test key, and the shop is in mode \"live\"; use a key that begins with rk_live_")]
    TestInLive,
    /// The text is no key.
    #[error("it is no restricted key of Stripe, which begins with rk_test_ or rk_live_")]
    NotAKey,
}

impl StripeKey {
    /// Reads the key of a shop in that mode.
    ///
    /// # Errors
    /// When it is no restricted key of that mode.
    pub fn parse(text: &str, mode: Mode) -> Result<Self, KeyFault> {
        let text = text.trim();
        if text.starts_with("sk_") {
            return Err(KeyFault::Unrestricted);
        }
        let found = RESTRICTED.into_iter().find_map(|(start, of)| Some((text.strip_prefix(start)?, of)));
        let (rest, of) = found.ok_or(KeyFault::NotAKey)?;
        let plain = rest.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        if rest.is_empty() || text.len() > BYTES_MOST || !plain {
            return Err(KeyFault::NotAKey);
        }
        match (of, mode) {
            (Mode::Live, Mode::Test) => Err(KeyFault::LiveInTest),
            (Mode::Test, Mode::Live) => Err(KeyFault::TestInLive),
            (Mode::Test, Mode::Test) | (Mode::Live, Mode::Live) => Ok(Self(text.to_owned())),
        }
    }

    /// The value of the header that signs a request.
    pub(super) fn bearer(&self) -> String {
        format!("Bearer {}", self.0)
    }
}

impl fmt::Debug for StripeKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("StripeKey(***)")
    }
}
