//! A key that signs with ES256 (ECDSA on P-256 with SHA-256), as sign-ins of networks ask for.

use std::fmt;

use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};

use super::secret::Secret;

const ALGORITHM: &ring::signature::EcdsaSigningAlgorithm = &ECDSA_P256_SHA256_FIXED_SIGNING;

/// A private key and its public one.
pub struct SigningKey {
    pair: EcdsaKeyPair,
    stored: Secret,
}

impl SigningKey {
    /// A new random key.
    ///
    /// # Panics
    /// When the system has no randomness.
    #[must_use]
    pub fn random() -> Self {
        let made = EcdsaKeyPair::generate_pkcs8(ALGORITHM, &SystemRandom::new());
        let stored = made.expect("the system has randomness");
        Self::restore(stored.as_ref()).expect("a key that was just made can be read")
    }

    /// Reads the stored form (PKCS #8); `None` if it is none.
    #[must_use]
    pub fn restore(stored: &[u8]) -> Option<Self> {
        let pair = EcdsaKeyPair::from_pkcs8(ALGORITHM, stored, &SystemRandom::new()).ok()?;
        Some(Self { pair, stored: Secret::new(stored.to_vec()) })
    }

    /// The stored form.
    #[must_use]
    pub fn stored(&self) -> &Secret {
        &self.stored
    }

    /// Signs a message. The signature has 64 bytes.
    ///
    /// # Panics
    /// When the system has no randomness.
    #[must_use]
    pub fn sign(&self, message: &[u8]) -> Vec<u8> {
        let signature = self.pair.sign(&SystemRandom::new(), message);
        signature.expect("the system has randomness").as_ref().to_vec()
    }

    /// The coordinates of the public key, 32 bytes each.
    #[must_use]
    pub fn public(&self) -> (&[u8], &[u8]) {
        // The point is uncompressed: the byte 4 and two coordinates.
        let point = self.pair.public_key().as_ref();
        (point.get(1..33).unwrap_or_default(), point.get(33..65).unwrap_or_default())
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SigningKey(***)")
    }
}

#[cfg(test)]
mod tests {
    use ring::signature::{ECDSA_P256_SHA256_FIXED, UnparsedPublicKey};

    use super::SigningKey;

    #[test]
    fn what_a_stored_key_signs_its_public_key_verifies() {
        let key = SigningKey::random();
        let again = SigningKey::restore(key.stored().expose()).unwrap();
        assert_eq!(again.public(), key.public());
        let (x, y) = key.public();
        let point = [&[4], x, y].concat();
        let public = UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point);
        let signature = again.sign(b"message");
        assert_eq!(signature.len(), 64);
        assert!(public.verify(b"message", &signature).is_ok());
        assert!(public.verify(b"another", &signature).is_err());
        assert!(SigningKey::restore(b"no key").is_none());
        assert_eq!(format!("{key:?}"), "SigningKey(***)");
    }
}
