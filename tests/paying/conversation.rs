//! The conversation of an attempt, and what must not be asked in it.

use flashtag::net::{Answer, Method, Request};
use flashtag::outbox::attempt::AttemptResult;
use flashtag::outbox::delivery_key::DeliveryKey;
use flashtag::outbox::provider::network::{Exchanges, Turn};
use flashtag::outbox::provider::stripe::Paying;
use networks::stripe::Intent;

use super::line::Killed;
use super::shop::Shop;

impl Shop {
    /// Carries a conversation on to its end, unless the process is killed.
    pub(super) fn converse(
        &mut self,
        key: &DeliveryKey,
        paying: &mut Paying<'_>,
    ) -> Result<AttemptResult, Killed> {
        let (mut asked, mut read) = (0, None);
        loop {
            let request = match paying.next() {
                Turn::Over(result) => return Ok(result),
                Turn::Ask(request) => request,
            };
            asked += 1;
            assert!(asked < 9, "an attempt asks for ever");
            let lost = self.touched_lost(&request);
            self.faults.extend(lost.map(|id| format!("{key} touches {id} of a lost order")));
            let closed = closed_by(&request).map(|id| check_closing(&id, read.as_ref()));
            self.faults.extend(closed.and_then(Result::err).map(|fault| format!("{key} {fault}")));
            let answer = self.line.exchange(&request, &mut self.clock)?;
            read = looked_at(&request).zip(answer.as_ref().ok().and_then(status_of));
            paying.answered(answer);
        }
    }

    /// The payment of an order that a restored copy does not know, where a request would change it.
    fn touched_lost(&self, request: &Request) -> Option<String> {
        let body = String::from_utf8_lossy(&request.body);
        let names = |intent: &Intent| {
            let field = format!("payment_intent={}", intent.id);
            request.url.contains(&format!("/{}/", intent.id)) || body.split('&').any(|part| part == field)
        };
        let is_lost = |intent: &&Intent| {
            intent.metadata.get("key").is_some_and(|key| self.forgotten.contains(key)) && names(intent)
        };
        self.line.stripe.intents().iter().find(is_lost).map(|intent| intent.id.clone())
    }
}

/// The payment that a request closes because its buyer is waited for no more: it has no key.
fn closed_by(request: &Request) -> Option<String> {
    let (_, path) = request.url.split_once("/payment_intents/")?;
    let is_keyed = request.header_value("idempotency-key").is_some();
    path.strip_suffix("/cancel").filter(|_| !is_keyed).map(str::to_owned)
}

/// A payment is closed right behind a look at it, which does not show that its buyer has authenticated it.
fn check_closing(id: &str, read: Option<&(String, String)>) -> Result<(), String> {
    match read {
        Some((found, status)) if found == id && status != "requires_capture" => Ok(()),
        read => Err(format!("closes {id} after {read:?}")),
    }
}

/// How a payment stands, by an answer that tells.
fn status_of(answer: &Answer) -> Option<String> {
    Some(answer.json::<serde_json::Value>().ok()?.get("status")?.as_str()?.to_owned())
}

/// The payment that a request reads.
fn looked_at(request: &Request) -> Option<String> {
    let (_, id) = request.url.split_once("/payment_intents/")?;
    (request.method == Method::Get).then(|| id.to_owned())
}
