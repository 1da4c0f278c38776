//! Seals a secret, so that only the key opens it, under the name that it was sealed under.
//!
//! A sealed secret is `version, key id, nonce, ciphertext with tag` (1, 8, 12 bytes, and 16 more than the secret). The
//! cipher is AES-256-GCM; everything before the nonce, and the name, is authenticated. The key id tells a wrong key from
//! a damaged secret; it is a hash, and says nothing about the key.

use std::fmt;
use std::str::FromStr;

use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use ring::rand::{self, SystemRandom};
use sha2::{Digest, Sha256};

use super::secret::Secret;
use crate::text::hex::{bytes_of, hex};

/// The first byte of every sealed secret of this form.
const VERSION: u8 = 1;

const KEY_ID_BYTES: usize = 8;
/// Prefix of the hashed bytes, so that no other use of the key gives its id.
const PURPOSE: &[u8] = b"flashtag/secrets-key/";

type KeyId = [u8; KEY_ID_BYTES];

/// The key that seals secrets.
#[derive(Clone)]
pub struct SealKey {
    cipher: LessSafeKey,
    id: KeyId,
}

/// The text is not a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not 64 hexadecimal digits, as `openssl rand -hex 32` makes them")]
pub struct NotASealKey;

/// Why sealed bytes do not open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotOpened {
    /// They were sealed with another key.
    #[error("it was sealed with another key")]
    OtherKey,
    /// They were changed, cut, or sealed under another name.
    #[error("it was changed, or sealed under another name")]
    Changed,
    /// A newer release sealed them.
    #[error("a newer release sealed it (version {0})")]
    Newer(u8),
}

impl SealKey {
    /// The key of these bytes, which must be random.
    #[must_use]
    pub fn new(bytes: &[u8; 32]) -> Self {
        let cipher = UnboundKey::new(&AES_256_GCM, bytes).expect("the cipher's key has 32 bytes");
        let digest = Sha256::new_with_prefix(PURPOSE).chain_update(bytes).finalize();
        let mut id = KeyId::default();
        id.iter_mut().zip(digest).for_each(|(to, from)| *to = from);
        Self { cipher: LessSafeKey::new(cipher), id }
    }

    /// A new random key, as the text of its file.
    #[must_use]
    pub fn random_text() -> Secret {
        Secret::new(hex(&random::<32>()).into_bytes())
    }

    /// Seals a secret under a name.
    #[must_use]
    pub fn seal(&self, name: &str, secret: &Secret) -> Vec<u8> {
        let nonce = random::<NONCE_LEN>();
        let mut ciphertext = secret.expose().to_vec();
        let (nonce_bytes, nonce) = (nonce, Nonce::assume_unique_for_key(nonce));
        let sealed = self.cipher.seal_in_place_append_tag(nonce, self.aad(name), &mut ciphertext);
        sealed.expect("a secret is shorter than the cipher's limit");
        [&[VERSION], self.id.as_slice(), &nonce_bytes, &ciphertext].concat()
    }

    /// Opens what was sealed under a name.
    ///
    /// # Errors
    /// When this key did not seal it under that name.
    pub fn open(&self, name: &str, sealed: &[u8]) -> Result<Secret, NotOpened> {
        let rest = self.header_of(sealed)?;
        let (nonce, ciphertext) = rest.split_first_chunk::<NONCE_LEN>().ok_or(NotOpened::Changed)?;
        let mut content = ciphertext.to_vec();
        let nonce = Nonce::assume_unique_for_key(*nonce);
        let opened = self.cipher.open_in_place(nonce, self.aad(name), &mut content);
        let length = opened.map_err(|_| NotOpened::Changed)?.len();
        content.truncate(length);
        Ok(Secret::new(content))
    }

    /// Checks that this key, in this form, sealed the bytes, as far as their header says so. Returns what is behind the
    /// header.
    ///
    /// # Errors
    /// When another key or a newer release did, or there is no header.
    pub(super) fn header_of<'s>(&self, sealed: &'s [u8]) -> Result<&'s [u8], NotOpened> {
        let (version, rest) = sealed.split_first().ok_or(NotOpened::Changed)?;
        match *version {
            VERSION => {}
            0 => return Err(NotOpened::Changed),
            newer => return Err(NotOpened::Newer(newer)),
        }
        let (id, rest) = rest.split_first_chunk::<KEY_ID_BYTES>().ok_or(NotOpened::Changed)?;
        if *id == self.id { Ok(rest) } else { Err(NotOpened::OtherKey) }
    }

    fn aad(&self, name: &str) -> Aad<Vec<u8>> {
        Aad::from([&[VERSION], self.id.as_slice(), name.as_bytes()].concat())
    }
}

impl FromStr for SealKey {
    type Err = NotASealKey;

    fn from_str(text: &str) -> Result<Self, NotASealKey> {
        bytes_of(text).map(|bytes| Self::new(&bytes)).ok_or(NotASealKey)
    }
}

impl fmt::Debug for SealKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

fn random<const N: usize>() -> [u8; N] {
    rand::generate(&SystemRandom::new()).expect("the system has randomness").expose()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn key(byte: u8) -> SealKey {
        SealKey::new(&[byte; 32])
    }

    proptest! {
        #[test]
        fn what_was_sealed_opens_under_its_name_and_key_only(
            bytes in proptest::collection::vec(any::<u8>(), 0..200),
            name in "[a-z]{1,8}",
            other in "[a-z]{1,8}",
            at in any::<prop::sample::Index>(),
            bit in 0..8_u8,
            cut in any::<prop::sample::Index>(),
        ) {
            let secret = Secret::new(bytes.clone());
            let sealed = key(1).seal(&name, &secret);
            prop_assert_eq!(key(1).open(&name, &sealed), Ok(secret.clone()));
            prop_assert_eq!(key(2).open(&name, &sealed), Err(NotOpened::OtherKey));
            if other != name {
                prop_assert_eq!(key(1).open(&other, &sealed), Err(NotOpened::Changed));
            }
            let mut flipped = sealed.clone();
            flipped[at.index(sealed.len())] ^= 1 << bit;
            prop_assert!(key(1).open(&name, &flipped).is_err());
            prop_assert!(key(1).open(&name, &sealed[..cut.index(sealed.len())]).is_err());
            if bytes.len() > 8 {
                prop_assert!(!sealed.windows(bytes.len()).any(|window| window == bytes));
            }
            // Equal secrets are sealed differently.
            prop_assert_ne!(key(1).seal(&name, &secret), sealed);
        }
    }

    #[test]
    fn what_a_newer_release_sealed_is_named_as_such() {
        let mut sealed = key(1).seal("x", &Secret::from("token"));
        sealed[0] = 2;
        assert_eq!(key(1).open("x", &sealed), Err(NotOpened::Newer(2)));
    }

    #[test]
    fn a_key_is_read_from_its_own_text_and_shown_nowhere() {
        let text = SealKey::random_text();
        assert_eq!(format!("{text:?}"), "***");
        let text = str::from_utf8(text.expose()).unwrap();
        let read: SealKey = text.parse().unwrap();
        assert_eq!(format!("{read:?}"), "***");
        let sealed = read.seal("x", &Secret::from("token"));
        assert_eq!(text.parse::<SealKey>().unwrap().open("x", &sealed), Ok(Secret::from("token")));
        for bad in ["", "zz", &text[1..], &format!("{text}0"), &text.replace(|_: char| true, "g")] {
            assert_eq!(bad.parse::<SealKey>().err(), Some(NotASealKey), "{bad}");
        }
    }
}
