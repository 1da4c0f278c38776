//! A signed link: a buyer confirms one reservation by opening it and pressing its button.
//!
//! A token is URL-safe base64 of `version, statement, signature`. The statement is readable text that names
//! the reservation, its account and its deadline: `kindle.17 x:42 1360774800000`. The signature is
//! HMAC-SHA-256 over the version and the statement; nothing of a token is interpreted before its signature is
//! verified.

use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::domain::id::{Account, OfferId, ReservationId};
use crate::domain::time::Timestamp;
use crate::text::hex::{bytes_of, hex};

/// The first byte of every token of this format.
const VERSION: u8 = 1;

const SIGNATURE_BYTES: usize = 32;

/// Longest token that is examined, in bytes; tokens with the longest ids are shorter.
const TOKEN_BYTES_MAX: usize = 1024;

/// Prefix of the signed bytes, so that a signature made for another purpose does not open a link.
const PURPOSE: &[u8] = b"flashtag/confirm/";

/// The secret that signs links. Debug output does not show it.
#[derive(Clone, PartialEq, Eq)]
pub struct LinkKey([u8; 32]);

/// The text is not a link key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not 64 hexadecimal digits, as `openssl rand -hex 32` makes them")]
pub struct NotAKey;

impl LinkKey {
    /// Makes a key of these bytes, which must be random.
    #[must_use]
    pub const fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The key in hexadecimal digits, for writing the key file only.
    #[must_use]
    pub fn expose(&self) -> String {
        hex(&self.0)
    }

    fn mac(&self, purpose: &[u8], signed: &[u8]) -> Hmac<Sha256> {
        let mac = Hmac::<Sha256>::new_from_slice(&self.0).expect("a key may have any length");
        mac.chain_update(purpose).chain_update(signed)
    }
}

impl fmt::Debug for LinkKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LinkKey(..)")
    }
}

impl FromStr for LinkKey {
    type Err = NotAKey;

    fn from_str(text: &str) -> Result<Self, NotAKey> {
        bytes_of(text).map(Self).ok_or(NotAKey)
    }
}

/// The content of a link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opened {
    /// Id of the offer.
    pub offer: OfferId,
    /// The reservation's ordinal within the offer.
    pub ordinal: u32,
    /// The account that holds it.
    pub account: Account,
}

/// Why a token is rejected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum LinkFault {
    /// The text is not a token of a known format.
    #[error("not a token")]
    Malformed,
    /// The token was signed with another key, or changed after signing.
    #[error("signed by somebody else, or changed")]
    BadSignature,
    /// The token's deadline has passed.
    #[error("its time is over")]
    Expired,
}

/// Makes the token that confirms the account's reservation until `until`.
#[must_use]
pub fn sign(key: &LinkKey, offer: &OfferId, ordinal: u32, account: &Account, until: Timestamp) -> String {
    seal(key, PURPOSE, &format!("{offer}.{ordinal} {account} {}", until.ms()))
}

/// Makes a token of a statement that is signed for a purpose.
pub(super) fn seal(key: &LinkKey, purpose: &[u8], statement: &str) -> String {
    let mut token = vec![VERSION];
    token.extend_from_slice(statement.as_bytes());
    let signature = key.mac(purpose, &token).finalize().into_bytes();
    token.extend_from_slice(&signature);
    URL_SAFE_NO_PAD.encode(token)
}

/// Verifies a token that was made for a purpose, and returns its statement.
pub(super) fn unseal(key: &LinkKey, purpose: &[u8], token: &str) -> Result<Vec<u8>, LinkFault> {
    if token.len() > TOKEN_BYTES_MAX {
        return Err(LinkFault::Malformed);
    }
    let bytes = URL_SAFE_NO_PAD.decode(token).map_err(|_| LinkFault::Malformed)?;
    let signed = bytes.len().checked_sub(SIGNATURE_BYTES).ok_or(LinkFault::Malformed)?;
    let (signed, signature) = bytes.split_at_checked(signed).ok_or(LinkFault::Malformed)?;
    let statement = signed.strip_prefix(&[VERSION]).ok_or(LinkFault::Malformed)?;
    // Compares in constant time, so that timing does not show how much of a guess is right.
    key.mac(purpose, signed).verify_slice(signature).map_err(|_| LinkFault::BadSignature)?;
    Ok(statement.to_owned())
}

/// Verifies a token at `now` and returns its content.
///
/// # Errors
/// When the token is malformed, was not signed with this key, or has expired.
pub fn open(key: &LinkKey, token: &str, now: Timestamp) -> Result<Opened, LinkFault> {
    let (opened, until) = read(&unseal(key, PURPOSE, token)?).ok_or(LinkFault::Malformed)?;
    if now < until { Ok(opened) } else { Err(LinkFault::Expired) }
}

fn read(statement: &[u8]) -> Option<(Opened, Timestamp)> {
    let mut words = str::from_utf8(statement).ok()?.split(' ');
    let (reservation, account, until) = (words.next()?, words.next()?, words.next()?);
    let (offer, ordinal) = ReservationId::split_public(reservation)?;
    let account = account.parse().ok()?;
    let until = Timestamp::from_ms(until.parse().ok()?);
    words.next().is_none().then_some((Opened { offer, ordinal, account }, until))
}
