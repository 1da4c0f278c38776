//! Letters as internet messages.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use lettre::message::header::{HeaderName, HeaderValue};
use lettre::message::{Mailbox, MessageBuilder, MultiPart, SinglePart};
use lettre::{Address, Message};
use sha2::{Digest, Sha256};

use super::Delivery;
use crate::domain::effect::Effect;
use crate::domain::time::Timestamp;
use crate::linking::OwnerMail;
use crate::outbox::attempt::AttemptResult;
use crate::words::{Letter, Words};

/// The default domain of message ids. It is reserved, so no other mail comes from it.
pub const DEFAULT_DOMAIN: &str = "flashtag.invalid";

/// The sender of a shop's letters.
#[derive(Debug, Clone)]
pub struct Sender {
    from: Mailbox,
    domain: String,
    words: Arc<Words>,
    /// The address to which a reader writes who wants no more letters.
    unsubscribe: Option<String>,
}

/// Why a sender cannot be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The sender is not an e-mail address.
    #[error("the sender is not an address, as \"Shop <orders@shop.example>\"")]
    From,
    /// The domain of message ids is not a domain.
    #[error("the domain of message ids holds something else than letters, digits, dots and dashes")]
    Domain,
}

impl Sender {
    /// A sender with an address, the domain of its message ids, and the texts of its letters.
    ///
    /// # Errors
    /// When the address or the domain is invalid.
    pub fn new(from: &str, domain: &str, words: Arc<Words>) -> Result<Self, Error> {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'.' || byte == b'-';
        if domain.is_empty() || !domain.bytes().all(plain) {
            return Err(Error::Domain);
        }
        let from = from.parse().map_err(|_| Error::From)?;
        Ok(Self { from, domain: domain.to_owned(), words, unsubscribe: None })
    }

    /// Names the address to which a reader writes who wants no more letters; without it, letters name none.
    #[must_use]
    pub fn with_unsubscribe(self, address: Option<&str>) -> Self {
        Self { unsubscribe: address.map(str::to_owned), ..self }
    }

    /// Builds the message of a delivery, with the same bytes at every attempt. Its id is derived from the
    /// key, so that a reader's mail program recognizes a copy; mail itself has no idempotency.
    ///
    /// # Errors
    /// When the letter can never be sent.
    pub fn message(&self, delivery: &Delivery) -> Result<Message, AttemptResult> {
        let Delivery { attempt, offering, address, .. } = delivery;
        let Effect::Email { request, .. } = &attempt.effect else {
            return Err(AttemptResult::impossible("not an e-mail"));
        };
        let missing = || match request.asks() {
            // Its buyer is asked by reply.
            Some(_) => AttemptResult::Unaddressed { left_at: delivery.at },
            None => AttemptResult::impossible("the account has no address"),
        };
        let address = address.as_deref().ok_or_else(missing)?;
        let to: Address = address.parse().map_err(|_| AttemptResult::impossible("the address is none"))?;
        let letter = self.words.letter(request, offering, attempt.recorded_at);
        let mut message = Message::builder();
        // The prompt asks what its reader asked for a minute before, and an order may end with it.
        let by_mail = self.unsubscribe.as_ref().filter(|_| request.asks().is_none()).map(|address| {
            let subject = attempt.key.dotted();
            format!("<mailto:{address}?subject=unsubscribe%20{subject}>")
        });
        let one_click =
            self.words.stop_link(request.outcome, &request.account).map(|link| format!("<{link}>"));
        if one_click.is_some() {
            let name = HeaderName::new_from_ascii_str("List-Unsubscribe-Post");
            let value = "List-Unsubscribe=One-Click".to_owned();
            message = message.raw_header(HeaderValue::new(name, value));
        }
        let ways: Vec<String> = one_click.into_iter().chain(by_mail).collect();
        if !ways.is_empty() {
            let name = HeaderName::new_from_ascii_str("List-Unsubscribe");
            message = message.raw_header(HeaderValue::new(name, ways.join(", ")));
        }
        self.complete(message, to, &attempt.key.dotted(), letter, attempt.recorded_at)
    }

    /// Builds the message of a letter to the owner of an account, with the same bytes at every attempt.
    ///
    /// # Errors
    /// When the letter can never be sent.
    pub fn owner_message(&self, mail: &OwnerMail) -> Result<Message, AttemptResult> {
        let to: Address = mail.to.parse().map_err(|_| AttemptResult::impossible("the address is none"))?;
        self.complete(Message::builder(), to, &mail.id, mail.letter.clone(), mail.at)
    }

    fn complete(
        &self,
        message: MessageBuilder,
        to: Address,
        id: &str,
        letter: Letter,
        at: Timestamp,
    ) -> Result<Message, AttemptResult> {
        let Letter { subject, text, html } = letter;
        let id = format!("<{id}@{}>", self.domain);
        let boundary = boundary(&id, &text, &html);
        let automatic = HeaderName::new_from_ascii_str("Auto-Submitted");
        message
            .from(self.from.clone())
            .to(Mailbox::new(None, to))
            .subject(subject)
            .date(system_time(at))
            .message_id(Some(id))
            .raw_header(HeaderValue::new(automatic, "auto-generated".to_owned()))
            .multipart(
                MultiPart::alternative()
                    .boundary(boundary)
                    .singlepart(SinglePart::plain(text))
                    .singlepart(SinglePart::html(html)),
            )
            .map_err(AttemptResult::impossible)
    }
}

/// The boundary between the parts. It is the same at every attempt and occurs in no part: it holds the
/// parts' hash, and no text contains its own hash.
fn boundary(id: &str, text: &str, html: &str) -> String {
    let hash = Sha256::new().chain_update(id).chain_update(text).chain_update(html);
    let digits = hash.finalize().iter().take(16).map(|byte| format!("{byte:02x}")).collect::<String>();
    format!("flashtag-{digits}")
}

fn system_time(at: Timestamp) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_millis(at.ms().unsigned_abs())
}
