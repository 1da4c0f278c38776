//! One attempt at a payment as requests and answers.

use std::mem;

use compact_str::{CompactString, format_compact};

use super::answers::{Said, UNDER_WAY, said};
use super::api::Api;
use super::hold_news::HoldNews;
use super::meaning::{Meaning, of_authorization, of_capture, of_closing, of_refund, of_void};
use super::objects::{Failure, Intent, List, Listed, Refund};
use super::order::{Kind, Order};
use super::pages::{Look, Pages};
use super::token::is_id;
use crate::domain::time::Millis;
use crate::net::{Answer, Method, Request, Unanswered};
use crate::outbox::attempt::AttemptResult;
use crate::outbox::provider::Delivery;
use crate::outbox::provider::network::{Exchanges, Turn};

/// An attempt under way.
pub struct Paying<'a> {
    api: &'a Api,
    delivery: &'a Delivery,
    asked: Asked,
    turn: Turn,
    /// What the effect is; `None` if it is none that Stripe can carry out, and then the attempt is over.
    order: Option<Order<'a>>,
    /// How long after its record a payment waits for its buyer, if the bank asks for the buyer; `None` if it does not wait.
    patience: Option<Millis>,
    /// The payment that waits for its buyer.
    waiting: Option<Unpaid>,
    /// Whether a request left that changes something, before the last one.
    acted: bool,
}

/// A payment that nobody has authorized, and the reason for which its card does not pay.
#[derive(Debug, Clone)]
struct Unpaid {
    intent: String,
    reason: CompactString,
}

/// The question that is open.
#[derive(Debug)]
enum Asked {
    /// None.
    Nothing,
    /// To carry the effect out.
    Effect,
    /// Which payment is the order's.
    Payment(Pages),
    /// Which payment was made under the effect's key; if none, this is the result.
    Authorization(Pages, AttemptResult),
    /// How the payment stands; if the effect has not taken place, this is the result.
    State(AttemptResult),
    /// Which refund was made under the effect's key; if none, this is the result.
    Refund(Pages, AttemptResult),
    /// To tidy away what is left of a payment; whatever comes of it, this is the result.
    Tidying(AttemptResult),
    /// To cancel a payment of which something may still come; once it is canceled, this is the result.
    Canceling(AttemptResult),
    /// How a payment stands that is to be closed.
    BeforeClosing(Unpaid),
    /// To close a payment that waited for its buyer.
    Closing(Unpaid),
    /// How a payment stands that could not be closed.
    NotClosed(Unpaid),
}

type Next = Result<Turn, AttemptResult>;

impl<'a> Paying<'a> {
    /// Begins an attempt.
    #[must_use]
    pub fn new(api: &'a Api, delivery: &'a Delivery) -> Self {
        Self::patient(api, delivery, None)
    }

    /// Begins an attempt at a payment that waits for its buyer for so long after its record, if the bank asks for the buyer.
    #[must_use]
    pub fn patient(api: &'a Api, delivery: &'a Delivery, patience: Option<Millis>) -> Self {
        let turn = Turn::Over(AttemptResult::impossible("another provider's effect"));
        let (asked, order, waiting) = (Asked::Nothing, None, None);
        let acted = false;
        let mut paying = Self { api, delivery, asked, turn, order, patience, waiting, acted };
        paying.turn = match Order::of(delivery) {
            Ok(order) => {
                let first = paying.first(&order);
                paying.order = Some(order);
                first.unwrap_or_else(Turn::Over)
            }
            Err(result) => Turn::Over(result),
        };
        paying
    }

    /// The payment that waits for its buyer, if the attempt ended so.
    #[must_use]
    pub fn waiting(&self) -> Option<&str> {
        self.waiting.as_ref().map(|waiting| waiting.intent.as_str())
    }

    /// What the attempt's result tells of held money.
    #[must_use]
    pub fn hold_news(&self, result: &AttemptResult) -> Option<HoldNews> {
        HoldNews::of(self.order.as_ref()?, result)
    }

    /// Lets the payment wait no longer, because its buyer cannot be asked: the attempt goes on and closes it.
    pub fn give_up_waiting(&mut self) {
        if let Some(waiting) = self.waiting.take() {
            self.turn = self.close(waiting).unwrap_or_else(Turn::Over);
        }
    }

    fn first(&mut self, order: &Order<'_>) -> Next {
        match (order.kind, &order.intent) {
            (Kind::Authorize, _) if self.delivery.attempt.look_up => {
                Ok(self.find_authorization(order, AttemptResult::NotFound))
            }
            (Kind::Authorize, _) => {
                self.asked = Asked::Effect;
                Ok(Turn::Ask(order.authorize(self.api)))
            }
            (_, Some(intent)) => Ok(self.at_payment(order, intent)),
            (_, None) => {
                let pages = Pages::of_customer(order);
                let first = pages.first(self.api);
                self.asked = Asked::Payment(pages);
                Ok(Turn::Ask(first))
            }
        }
    }

    /// The next request once the payment is known.
    fn at_payment(&mut self, order: &Order<'_>, intent: &str) -> Turn {
        if self.delivery.attempt.look_up {
            return self.look_at(order, intent, AttemptResult::NotFound);
        }
        self.asked = Asked::Effect;
        Turn::Ask(match order.kind {
            Kind::Authorize => order.authorize(self.api),
            Kind::Capture => order.capture(self.api, intent),
            Kind::Void => order.void(self.api, intent),
            Kind::Refund => order.refund(self.api, intent),
        })
    }

    /// Looks whether the effect has taken place; if not, the result is `otherwise`.
    fn look_at(&mut self, order: &Order<'_>, intent: &str, otherwise: AttemptResult) -> Turn {
        match order.kind {
            Kind::Authorize => self.find_authorization(order, otherwise),
            Kind::Capture | Kind::Void => {
                self.asked = Asked::State(otherwise);
                self.look_up(intent)
            }
            Kind::Refund => {
                let pages = Pages::of_refunds(intent);
                let first = pages.first(self.api);
                self.asked = Asked::Refund(pages, otherwise);
                Turn::Ask(first)
            }
        }
    }

    fn find_authorization(&mut self, order: &Order<'_>, otherwise: AttemptResult) -> Turn {
        let pages = Pages::of_customer(order);
        let first = pages.first(self.api);
        self.asked = Asked::Authorization(pages, otherwise);
        Turn::Ask(first)
    }

    fn take(&mut self, order: &mut Order<'_>, answer: Result<Answer, Unanswered>) -> Next {
        let at = self.delivery.at;
        match mem::replace(&mut self.asked, Asked::Nothing) {
            Asked::Nothing => Ok(self.turn.clone()),
            Asked::Tidying(result) => Err(result),
            Asked::Canceling(result) => Err(self.canceled(said(answer, at), result)),
            Asked::BeforeClosing(unpaid) => {
                let intent: Intent = unreadable_is_unknown(&read(answer, at)?)?;
                match of_closing(&intent, order, at, &unpaid.reason) {
                    Some(result) => Err(result),
                    None => Ok(self.cancel_unpaid(unpaid)),
                }
            }
            Asked::Closing(unpaid) => self.closed(order, unpaid, said(answer, at)),
            Asked::NotClosed(unpaid) => {
                let intent: Intent = unreadable_is_unknown(&read(answer, at)?)?;
                let again = AttemptResult::InProgress { until: at.plus(UNDER_WAY) };
                Err(of_closing(&intent, order, at, &unpaid.reason).unwrap_or(again))
            }
            Asked::Effect => self.carried_out(order, said(answer, at)),
            Asked::Payment(pages) => self.payment(order, pages, read(answer, at)?),
            Asked::State(otherwise) => {
                let intent: Intent = unreadable_is_unknown(&read(answer, at)?)?;
                self.conclude(order, &intent, otherwise)
            }
            Asked::Authorization(mut pages, otherwise) => {
                let page: List<Intent> = unreadable_is_unknown(&read(answer, at)?)?;
                match pages.look(self.api, page, |intent| intent.has("key", &order.key)) {
                    Look::Found(intent) => self.conclude(order, &intent, otherwise),
                    Look::On(request) => {
                        self.asked = Asked::Authorization(pages, otherwise);
                        Ok(Turn::Ask(request))
                    }
                    Look::Over | Look::TooMany => Err(otherwise),
                }
            }
            Asked::Refund(mut pages, otherwise) => {
                let page: List<Refund> = unreadable_is_unknown(&read(answer, at)?)?;
                match pages.look(self.api, page, |refund| refund.has("key", &order.key)) {
                    Look::Found(refund) => Err(of_refund(&refund, order, at)),
                    Look::On(request) => {
                        self.asked = Asked::Refund(pages, otherwise);
                        Ok(Turn::Ask(request))
                    }
                    Look::Over | Look::TooMany => Err(otherwise),
                }
            }
        }
    }

    /// The answer to the request that carries the effect out.
    fn carried_out(&mut self, order: &Order<'_>, said: Said) -> Next {
        let declines = matches!(order.kind, Kind::Authorize | Kind::Capture);
        match said {
            Said::Over(result) => Err(result),
            Said::Success(answer) if order.kind == Kind::Refund => {
                let refund: Refund = unreadable_is_unknown(&answer)?;
                Err(of_refund(&refund, order, self.delivery.at))
            }
            Said::Success(answer) => {
                let intent: Intent = unreadable_is_unknown(&answer)?;
                let odd = AttemptResult::unknown(format_args!("the payment is {}", intent.status));
                self.conclude(order, &intent, odd)
            }
            Said::Declined(failure) if declines => self.declined(order, &failure),
            // It may have been refused because an earlier attempt took effect.
            Said::Declined(failure) | Said::Refused(failure) | Said::Mismatch(failure) => {
                let intent = order.intent.clone().unwrap_or_default();
                Ok(self.look_at(order, &intent, AttemptResult::impossible(failure.text())))
            }
        }
    }

    fn declined(&mut self, order: &Order<'_>, failure: &Failure) -> Next {
        let result = AttemptResult::Declined { reason: failure.decline() };
        match &failure.payment_intent {
            Some(left)
                if order.kind == Kind::Authorize
                    && left.status != "canceled"
                    && failure.asks_for_buyer()
                    && self.patience.is_some() =>
            {
                self.wait(order, Unpaid { intent: left.id.clone(), reason: failure.decline() })
            }
            Some(left) if order.kind == Kind::Authorize && left.status != "canceled" => {
                self.tidy(order, &left.id, result)
            }
            _ => Err(result),
        }
    }

    /// What a payment's state means for the effect.
    fn conclude(&mut self, order: &Order<'_>, intent: &Intent, otherwise: AttemptResult) -> Next {
        let at = self.delivery.at;
        let meaning = match order.kind {
            Kind::Authorize => of_authorization(intent, order, at),
            Kind::Capture => of_capture(intent, order, at),
            Kind::Void => of_void(intent, at),
            Kind::Refund => Meaning::Open,
        };
        match meaning {
            Meaning::Over(result) => Err(result),
            // Its buyer may be at it: only what is closed is declined.
            Meaning::Tidy(reason) if self.patience.is_some() => {
                self.close(Unpaid { intent: intent.id.clone(), reason })
            }
            Meaning::AsksForBuyer(reason) if self.patience.is_some() => {
                self.wait(order, Unpaid { intent: intent.id.clone(), reason })
            }
            // It waits for nobody any more, and its buyer may be at the bank all the same.
            Meaning::AsksForBuyer(reason) => self.close(Unpaid { intent: intent.id.clone(), reason }),
            Meaning::Tidy(reason) => self.tidy(order, &intent.id, AttemptResult::Declined { reason }),
            Meaning::Cancel(result) => self.cancel(order, &intent.id, result),
            // A payment is captured once, whatever its key remembers and whatever is still on its way.
            Meaning::Open
                if order.kind == Kind::Capture
                    && otherwise == AttemptResult::NotFound
                    && intent.status == "requires_capture" =>
            {
                self.asked = Asked::Effect;
                Ok(Turn::Ask(order.capture(self.api, order.intent.as_ref().unwrap_or(&intent.id))))
            }
            Meaning::Open => Err(otherwise),
        }
    }

    /// The answer to the cancellation of a payment of which something may still come. Unless it is canceled, it is looked at
    /// again.
    fn canceled(&self, said: Said, result: AttemptResult) -> AttemptResult {
        let is_canceled =
            |answer: &Answer| answer.json::<Intent>().is_ok_and(|intent| intent.status == "canceled");
        match said {
            Said::Over(other) => other,
            Said::Success(answer) if is_canceled(&answer) => result,
            _ => AttemptResult::InProgress { until: self.delivery.at.plus(UNDER_WAY) },
        }
    }

    fn cancel(&mut self, order: &Order<'_>, intent: &str, result: AttemptResult) -> Next {
        if !is_id(intent, "pi_") {
            return Err(AttemptResult::unknown("the payment has no id"));
        }
        self.asked = Asked::Canceling(result);
        Ok(Turn::Ask(order.tidy(self.api, intent)))
    }

    /// Lets a payment wait for its buyer, or closes it if the time is over.
    fn wait(&mut self, order: &Order<'_>, unpaid: Unpaid) -> Next {
        let at = self.delivery.at;
        let until = order.recorded_at.plus(self.patience.unwrap_or(Millis::ZERO));
        if at >= until || !is_id(&unpaid.intent, "pi_") {
            return self.close(unpaid);
        }
        self.waiting = Some(unpaid);
        Err(AttemptResult::InProgress { until: at.plus(UNDER_WAY).min(until) })
    }

    /// Closes a payment. A buyer may have authenticated it in time, so how it stands is read first.
    fn close(&mut self, unpaid: Unpaid) -> Next {
        if !is_id(&unpaid.intent, "pi_") {
            return Err(AttemptResult::unknown("the payment has no id"));
        }
        let turn = self.look_up(&unpaid.intent);
        self.asked = Asked::BeforeClosing(unpaid);
        Ok(turn)
    }

    fn cancel_unpaid(&mut self, unpaid: Unpaid) -> Turn {
        let request = Order::close(self.api, &unpaid.intent);
        self.asked = Asked::Closing(unpaid);
        Turn::Ask(request)
    }

    fn closed(&mut self, order: &Order<'_>, unpaid: Unpaid, said: Said) -> Next {
        match said {
            Said::Over(result) => Err(result),
            Said::Success(answer) => {
                let intent: Intent = unreadable_is_unknown(&answer)?;
                let odd = || AttemptResult::unknown(format_args!("the payment is {}", intent.status));
                Err(of_closing(&intent, order, self.delivery.at, &unpaid.reason).unwrap_or_else(odd))
            }
            // It was closed or authenticated meanwhile, or the bank has not decided.
            Said::Declined(_) | Said::Refused(_) | Said::Mismatch(_) => {
                let turn = self.look_up(&unpaid.intent);
                self.asked = Asked::NotClosed(unpaid);
                Ok(turn)
            }
        }
    }

    fn look_up(&self, intent: &str) -> Turn {
        Turn::Ask(Request::get(self.api.at(&format!("/v1/payment_intents/{intent}"))).signed())
    }

    /// Cancels a payment that holds nothing, so that nobody ever completes it.
    fn tidy(&mut self, order: &Order<'_>, intent: &str, result: AttemptResult) -> Next {
        if !is_id(intent, "pi_") {
            return Err(result);
        }
        self.asked = Asked::Tidying(result);
        Ok(Turn::Ask(order.tidy(self.api, intent)))
    }

    /// The payment of an order whose authorization was recorded without it.
    fn payment(&mut self, order: &mut Order<'_>, mut pages: Pages, answer: Answer) -> Next {
        let page: List<Intent> = unreadable_is_unknown(&answer)?;
        let is_it = |intent: &Intent| {
            intent.has("reservation", &order.name)
                && intent.has("instance", &order.instance)
                && intent.status != "canceled"
        };
        match pages.look(self.api, page, is_it) {
            // An order that a restored directory no longer knows may have had the same name.
            Look::Found(intent) if !is_of_this_epoch(&intent, order) => {
                Err(AttemptResult::impossible(format_compact!(
                    "{} of that order was made before the directory was restored: look whose it is",
                    intent.id
                )))
            }
            Look::Found(intent) if is_id(&intent.id, "pi_") => {
                order.intent = Some(intent.id.clone());
                Ok(self.at_payment(order, &intent.id))
            }
            Look::Found(_) => Err(AttemptResult::unknown("the payment has no id")),
            Look::On(request) => {
                self.asked = Asked::Payment(pages);
                Ok(Turn::Ask(request))
            }
            // Nothing is held, so there is nothing to let go.
            Look::Over if order.kind == Kind::Void => {
                Err(AttemptResult::Done { reference: None, at: self.delivery.at })
            }
            Look::Over => Err(AttemptResult::impossible("Stripe has no payment of the order")),
            // One may be held that was not seen.
            Look::TooMany => Err(AttemptResult::impossible(
                "the buyer has more payments than are read: look which is the order's",
            )),
        }
    }
}

/// Whether a payment was made since the directory was last restored before the effect that asks.
fn is_of_this_epoch(intent: &Intent, order: &Order<'_>) -> bool {
    let key = intent.metadata.as_ref().and_then(|metadata| metadata.get("key"));
    key.is_some_and(|key| key.starts_with(&order.prefix))
}

/// The result of an attempt whose last request did nothing, and an earlier one may have taken effect.
fn in_doubt(result: AttemptResult) -> AttemptResult {
    match result {
        AttemptResult::Failed { error, permanent: false } | AttemptResult::ShutOut { error } => {
            AttemptResult::Unknown { error }
        }
        AttemptResult::Throttled { until } => AttemptResult::InProgress { until },
        other => other,
    }
}

/// The answer to a request that only reads.
fn read(
    answer: Result<Answer, Unanswered>,
    at: crate::domain::time::Timestamp,
) -> Result<Answer, AttemptResult> {
    match said(answer, at) {
        Said::Success(answer) => Ok(answer),
        Said::Over(result) => Err(result),
        Said::Declined(failure) | Said::Refused(failure) | Said::Mismatch(failure) => {
            Err(AttemptResult::impossible(failure.text()))
        }
    }
}

/// What cannot be read may have taken effect.
fn unreadable_is_unknown<T: serde::de::DeserializeOwned>(answer: &Answer) -> Result<T, AttemptResult> {
    answer.json().map_err(AttemptResult::unknown)
}

impl Exchanges for Paying<'_> {
    fn next(&self) -> Turn {
        self.turn.clone()
    }

    fn answered(&mut self, answer: Result<Answer, Unanswered>) {
        let Some(mut order) = self.order.take() else { return };
        let is_post = matches!(&self.turn, Turn::Ask(request) if request.method == Method::Post);
        let is_sent = !matches!(answer, Err(Unanswered::NotSent(_)));
        let next = self.take(&mut order, answer);
        self.turn =
            next.unwrap_or_else(|result| Turn::Over(if self.acted { in_doubt(result) } else { result }));
        self.acted |= is_post && is_sent;
        self.order = Some(order);
    }
}
