//! A signed link: by opening it and pressing its button, a buyer confirms one reservation.
//!
//! A token is base64 for addresses of `version, statement, signature`. The statement says in plain words
//! which reservation, whose, and until when: `kindle.17 x:42 1360774800000`. The signature is
//! HMAC-SHA-256 over the version and the statement; nothing of a token is read before it holds.

use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::domain::id::{Account, OfferId, ReservationId};
use crate::domain::time::Timestamp;
use crate::text::hex::{bytes_of, hex};

/// The first byte of every token of this form.
const VERSION: u8 = 1;

const SIGNATURE_BYTES: usize = 32;

/// The longest token that is looked at; those of the longest ids are shorter.
const TOKEN_BYTES_MAX: usize = 1024;

/// Signed before the token itself, so that a signature made for another purpose does not open a link.
const PURPOSE: &[u8] = b"flashtag/confirm/";

/// The secret that signs links. Not shown by debug prints.
#[derive(Clone, PartialEq, Eq)]
pub struct LinkKey([u8; 32]);

/// The text is no key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not 64 hexadecimal digits, as `openssl rand -hex 32` makes them")]
pub struct NotAKey;

impl LinkKey {
    /// The key of these bytes, which must be random.
    #[must_use]
    pub const fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The key in hexadecimal digits: for the file that keeps it, and nothing else.
    #[must_use]
    pub fn expose(&self) -> String {
        hex(&self.0)
    }

    fn mac(&self, signed: &[u8]) -> Hmac<Sha256> {
        let mac = Hmac::<Sha256>::new_from_slice(&self.0).expect("a key may have any length");
        mac.chain_update(PURPOSE).chain_update(signed)
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
    /// The offer's name.
    pub offer: OfferId,
    /// The reservation, by its number within the offer.
    pub ordinal: u32,
    /// The account that holds it.
    pub account: Account,
}

/// Why a token is not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum LinkFault {
    /// It is no token of a known form.
    #[error("not a token")]
    Malformed,
    /// It was signed with another key, or changed afterwards.
    #[error("signed by somebody else, or changed")]
    BadSignature,
    /// Its deadline has passed.
    #[error("its time is over")]
    Expired,
}

/// The token that confirms the reservation of that account, before `until`.
#[must_use]
pub fn sign(key: &LinkKey, offer: &OfferId, ordinal: u32, account: &Account, until: Timestamp) -> String {
    let mut token = vec![VERSION];
    token.extend_from_slice(format!("{offer}.{ordinal} {account} {}", until.ms()).as_bytes());
    let signature = key.mac(&token).finalize().into_bytes();
    token.extend_from_slice(&signature);
    URL_SAFE_NO_PAD.encode(token)
}

/// Opens a token at `now`.
///
/// # Errors
/// When it is none, was not signed with this key, or has expired.
pub fn open(key: &LinkKey, token: &str, now: Timestamp) -> Result<Opened, LinkFault> {
    if token.len() > TOKEN_BYTES_MAX {
        return Err(LinkFault::Malformed);
    }
    let bytes = URL_SAFE_NO_PAD.decode(token).map_err(|_| LinkFault::Malformed)?;
    let signed = bytes.len().checked_sub(SIGNATURE_BYTES).ok_or(LinkFault::Malformed)?;
    let (signed, signature) = bytes.split_at_checked(signed).ok_or(LinkFault::Malformed)?;
    let statement = signed.strip_prefix(&[VERSION]).ok_or(LinkFault::Malformed)?;
    // In constant time: how much of a guess is right does not show.
    key.mac(signed).verify_slice(signature).map_err(|_| LinkFault::BadSignature)?;
    let (opened, until) = read(statement).ok_or(LinkFault::Malformed)?;
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
