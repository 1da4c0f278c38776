//! A ticket: 32 random bytes as text, by which a browser or a network is known again.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

/// The length of the text: 32 bytes in base64.
const TEXT_BYTES: usize = 43;

/// A random text that only its holder knows. The engine stores its hash.
#[derive(Clone, PartialEq, Eq)]
pub struct Ticket(String);

impl Ticket {
    /// The ticket of these bytes, which must be random.
    #[must_use]
    pub fn new(random: &[u8; 32]) -> Self {
        Self(URL_SAFE_NO_PAD.encode(random))
    }

    /// Reads a ticket that somebody shows; `None` if the text is none.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
        (text.len() == TEXT_BYTES && text.bytes().all(plain)).then(|| Self(text.to_owned()))
    }

    /// The text, for its holder.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.0
    }

    /// The hash under which it is stored.
    #[must_use]
    pub fn hash(&self) -> [u8; 32] {
        Sha256::digest(&self.0).into()
    }

    /// A secret for one purpose that only the holder of the ticket can have. It tells nothing of the ticket.
    #[must_use]
    pub fn derived(&self, purpose: &str) -> [u8; 32] {
        let mac = Hmac::<Sha256>::new_from_slice(self.0.as_bytes()).expect("a key may have any length");
        mac.chain_update(purpose.as_bytes()).finalize().into_bytes().into()
    }

    /// The token that every form carries which is shown to the holder.
    #[must_use]
    pub fn form_token(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.derived("flashtag/form"))
    }

    /// Whether a form carries that token.
    #[must_use]
    pub fn is_form_token(&self, shown: &str) -> bool {
        self.form_token().as_bytes().ct_eq(shown.as_bytes()).into()
    }
}

impl fmt::Debug for Ticket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Ticket(***)")
    }
}

#[cfg(test)]
mod tests {
    use super::Ticket;

    #[test]
    fn a_ticket_is_read_as_it_was_written_and_shown_nowhere() {
        let ticket = Ticket::new(&[7; 32]);
        assert_eq!(Ticket::parse(ticket.text()), Some(ticket.clone()));
        assert_eq!(format!("{ticket:?}"), "Ticket(***)");
        let text = ticket.text();
        for bad in
            ["", "a", &text[1..], &format!("{text}A"), &text.replace('w', "="), &text.replace('c', " ")]
        {
            assert_eq!(Ticket::parse(bad), None, "{bad:?}");
        }
    }

    #[test]
    fn the_token_of_a_form_belongs_to_one_ticket_and_does_not_tell_it() {
        let (own, other) = (Ticket::new(&[1; 32]), Ticket::new(&[2; 32]));
        assert!(own.is_form_token(&own.form_token()));
        for wrong in [other.form_token(), own.text().to_owned(), String::new(), own.form_token() + "A"] {
            assert!(!own.is_form_token(&wrong), "{wrong}");
        }
        assert_ne!(own.derived("one"), own.derived("another"));
        assert_ne!(own.hash(), own.derived("one"));
    }
}
