//! The variables of one reply or letter. Each is computed when a template uses it.

use std::borrow::Cow;
use std::sync::Arc;

use compact_str::CompactString;
use minijinja::Value;
use minijinja::value::Object;

use super::line::{cut, inert, one_line};
use super::local_time::Zone;
use super::subject::Subject;
use crate::domain::effect::{About, ReplyRequest};
use crate::domain::id::ReservationId;
use crate::domain::time::{Millis, Timestamp};
use crate::text::network::{Capabilities, Delivers};

/// Every variable that a template may use.
pub(super) const VARIABLES: &[&str] = &[
    "shop",
    "network",
    "account",
    "outcome",
    "kind",
    "offer",
    "title",
    "item",
    "units",
    "left",
    "tag",
    "buy_tag",
    "confirm_tag",
    "cancel_tag",
    "enroll_tag",
    "price",
    "window",
    "one_step",
    "limit",
    "opens",
    "closes",
    "over",
    "terms_url",
    "take_back",
    "account_age",
    "spend_cap",
    "reward",
    "min_spend",
    "currency",
    "uses_per_card",
    "valid_until",
    "amount",
    "order",
    "place",
    "deadline",
    "ahead",
    "earliest",
    "rest_units",
    "under_way",
    "bought",
    "handed_on",
    "has_letter",
    "unattested",
    "line_over",
    "cancelled_ahead",
    "draw_at",
    "unit_price",
    "shipping",
    "tax",
    "tax_rate",
    "region",
    "last4",
    "transaction",
    "merchant",
    "purchase",
    "uses_left",
    "unlinked",
    "link",
    "link_url",
    "must_mention",
    "post_verb",
    "deletes",
    "said",
    "shown",
    "subject",
];

/// Most graphemes of a merchant's name in a reply.
const MERCHANT_GRAPHEMES: usize = 40;

/// How a text is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Channel {
    /// A public post, which must be short.
    Reply,
    /// An e-mail.
    Letter,
    /// A direct message at the network, which takes the place of an e-mail.
    Direct,
}

/// The facts that the variables are computed from.
#[derive(Debug, Clone)]
pub(super) struct TemplateContext {
    pub(super) channel: Channel,
    /// What the account's network delivers to the shop.
    pub(super) delivers: Capabilities,
    pub(super) shop: Arc<str>,
    pub(super) zone: Zone,
    /// The address of the page where accounts are linked to cards, if the shop names one.
    pub(super) link_url: Option<Arc<str>>,
    pub(super) request: Arc<ReplyRequest>,
    pub(super) subject: Arc<Subject>,
    /// The title, cut to fit this text.
    pub(super) title: CompactString,
    pub(super) told_at: Timestamp,
    /// The address that confirms the reservation by one click; set for letters only.
    pub(super) link: Option<Arc<str>>,
    /// The text of the reply to the same request; set for letters only.
    pub(super) reply_text: Option<Arc<str>>,
    /// The subject of the letter; set while the letter's text is rendered.
    pub(super) headline: Option<Arc<str>>,
}

impl TemplateContext {
    /// The same context with a title of at most `graphemes` graphemes, or with the offer's id if no legible
    /// title remains.
    pub(super) fn with_title(&self, graphemes: usize) -> Arc<Self> {
        let title = cut(&self.title, graphemes);
        let public = self.channel == Channel::Reply;
        let title = if public { inert(&title) } else { title };
        let legible = title.chars().any(|ch| ch.is_alphanumeric());
        let title = if legible { title.as_ref() } else { self.subject.id.as_str() }.into();
        Arc::new(Self { title, ..self.clone() })
    }

    /// The public id of the order or reservation, if the request has one.
    fn order(&self) -> Option<String> {
        let ordinal = self.request.reservation?;
        Some(ReservationId { offer: self.request.offer, ordinal }.public(&self.subject.id))
    }

    /// The deadline to confirm. The window starts when its prompt is delivered. The request carries the
    /// deadline of a prompt that is delivered at once; a prompt that leaves later shows a later one, for as
    /// long as the window waits for its prompt. A letter starts no window.
    fn deadline(&self) -> Option<Timestamp> {
        let named = self.request.deadline?;
        match (self.channel, self.subject.confirm_within) {
            (Channel::Reply, Some(window)) => {
                Some(self.told_at.plus(window).min(named.plus(self.subject.prompt_patience)).max(named))
            }
            _ => Some(named),
        }
    }

    fn shop_name(&self) -> Cow<'_, str> {
        match self.channel {
            Channel::Reply => inert(&self.shop),
            Channel::Letter | Channel::Direct => Cow::Borrowed(&*self.shop),
        }
    }

    fn item(&self) -> String {
        match self.request.units {
            0 | 1 => self.title.to_string(),
            units => format!("{units} x {}", self.title),
        }
    }

    fn merchant(&self, merchant: &str) -> String {
        let merchant = one_line(merchant);
        match self.channel {
            Channel::Reply => inert(&cut(&merchant, MERCHANT_GRAPHEMES)).into_owned(),
            Channel::Letter | Channel::Direct => merchant,
        }
    }

    fn of_offer(&self, name: &str) -> Option<Value> {
        let Subject { buy, confirm, cancel, enroll, .. } = &*self.subject;
        let subject = &*self.subject;
        let exact = |at| self.zone.exact(at, self.told_at);
        let money = |amount: Option<_>| amount.map(text);
        Some(match name {
            "kind" => Value::from(if subject.is_credit() { "credit" } else { "purchase" }),
            "offer" => Value::from(subject.id.as_str()),
            "tag" => tag(enroll.as_ref().or(buy.as_ref())),
            "buy_tag" => tag(buy.as_ref()),
            "confirm_tag" => tag(confirm.as_ref()),
            "cancel_tag" => tag(cancel.as_ref()),
            "enroll_tag" => tag(enroll.as_ref()),
            "price" => Value::from(money(subject.price)),
            "window" => Value::from(subject.confirm_within.map(Millis::in_words)),
            "one_step" => Value::from(!subject.is_credit() && subject.confirm_within.is_none()),
            "limit" => Value::from(subject.limit),
            "opens" => Value::from(exact(subject.opens)),
            "closes" => Value::from(exact(subject.closes)),
            "over" => {
                let early = matches!(self.request.about, Some(About::EndedEarly));
                Value::from(early || self.told_at >= subject.closes)
            }
            "terms_url" => Value::from(self.terms_url()),
            "take_back" => Value::from(subject.take_back.map(Millis::in_words)),
            "account_age" => Value::from(subject.account_age.map(Millis::in_words)),
            "spend_cap" => Value::from(money(subject.spend_cap)),
            "reward" => Value::from(subject.reward.as_ref().map(|reward| one_line(reward))),
            "min_spend" => Value::from(money(subject.min_spend)),
            "currency" => Value::from(subject.currency.map(|currency| currency.code())),
            "uses_per_card" => Value::from(subject.uses_per_card),
            "valid_until" => Value::from(subject.valid_until.map(exact)),
            _ => return None,
        })
    }

    /// The address of the terms; set for letters only, because a link in a public reply costs money.
    fn terms_url(&self) -> Option<&str> {
        let url = self.subject.terms_url.as_deref().filter(|_| self.channel == Channel::Letter)?;
        Some(url).filter(|url| is_web_address(url))
    }

    fn of_request(&self, name: &str) -> Option<Value> {
        let ReplyRequest { account, outcome, place, amount, units, left, .. } = &*self.request;
        Some(match name {
            "network" => Value::from(account.network.name()),
            "must_mention" => Value::from(self.must_mention()),
            "post_verb" => Value::from(self.post_verb()),
            "deletes" => Value::from(self.delivers.deletion == Delivers::Always),
            "account" => Value::from(account.to_string()),
            "outcome" => Value::from(outcome.code()),
            "units" => Value::from(*units),
            "left" => Value::from(left.words()),
            "amount" => Value::from(amount.map(text)),
            "order" => Value::from(self.order()),
            "place" => Value::from(place.filter(|place| *place > 0)),
            "deadline" => Value::from(self.deadline().map(|at| self.zone.deadline(at, self.told_at))),
            _ => return self.of_about(name),
        })
    }

    fn must_mention(&self) -> bool {
        self.delivers.fresh_post == Delivers::IfMentioned
    }

    /// What the reader does with a tag. An answer to an e-mail reaches no network, and one to a direct message is not read, so
    /// there it says what is answered, and where.
    fn post_verb(&self) -> &'static str {
        match (self.must_mention(), self.channel) {
            (true, Channel::Reply) => "reply",
            (true, Channel::Letter) => "reply to our post with",
            (false, Channel::Reply | Channel::Letter) => "post",
            (true, Channel::Direct) => "publicly reply to our post with",
            (false, Channel::Direct) => "publicly post",
        }
    }

    fn of_about(&self, name: &str) -> Option<Value> {
        let about = self.request.about.as_ref();
        Some(match (name, about) {
            ("ahead", Some(About::Line { reserved, .. })) => Value::from(*reserved),
            ("earliest", Some(About::Line { earliest, .. })) => {
                Value::from(earliest.map(|at| self.zone.deadline(at, self.told_at)))
            }
            ("rest_units", Some(About::Rest { units })) => Value::from(*units),
            ("under_way", about) => Value::from(matches!(about, Some(About::UnderWay))),
            ("bought", about) => Value::from(matches!(about, Some(About::Bought))),
            ("handed_on", about) => Value::from(matches!(about, Some(About::HandedOn))),
            ("cancelled_ahead", about) => Value::from(matches!(about, Some(About::CancelledAhead))),
            ("has_letter", about) => Value::from(!matches!(about, Some(About::NoLetter))),
            ("line_over", about) => Value::from(matches!(about, Some(About::LineOver))),
            ("draw_at", Some(About::Draw { at })) => Value::from(self.zone.exact(*at, self.told_at)),
            ("unit_price", Some(About::Order(order))) => Value::from(text(order.unit_price)),
            ("shipping", Some(About::Order(order))) => Value::from(order.shipping.map(text)),
            ("tax", Some(About::Order(order))) => {
                Value::from(Some(order.tax).filter(|tax| tax.minor > 0).map(text))
            }
            ("tax_rate", Some(About::Order(order))) => Value::from(text(order.tax_rate)),
            ("region", Some(About::Order(order))) => Value::from(order.region.as_ref().map(text)),
            ("last4", Some(About::Order(order))) => Value::from(order.last4.as_ref().map(text)),
            ("transaction", Some(About::Purchase(used))) => Value::from(used.transaction.as_str()),
            ("merchant", Some(About::Purchase(used))) => Value::from(self.merchant(&used.merchant)),
            ("purchase", Some(About::Purchase(used))) => Value::from(text(used.amount)),
            ("uses_left", Some(About::Purchase(used))) => Value::from(used.uses_left),
            ("unattested", Some(About::Unattested(why))) => {
                Value::from(why.reason().trim_start_matches("post_"))
            }
            ("unlinked", about) => Value::from(matches!(about, Some(About::Unlinked))),
            (
                "unit_price" | "shipping" | "tax" | "tax_rate" | "region" | "last4" | "ahead" | "earliest"
                | "rest_units" | "draw_at" | "unattested" | "transaction" | "merchant" | "purchase"
                | "uses_left",
                _,
            ) => Value::from(()),
            _ => return None,
        })
    }
}

impl Object for TemplateContext {
    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        self.get_value_by_str(key.as_str()?)
    }

    fn get_value_by_str(self: &Arc<Self>, name: &str) -> Option<Value> {
        Some(match name {
            "shop" => Value::from(self.shop_name()),
            "title" => Value::from(self.title.as_str()),
            "item" => Value::from(self.item()),
            "link" => Value::from(self.link.as_ref().filter(|link| is_web_address(link))),
            "link_url" => Value::from(self.link_url.as_ref().filter(|url| is_web_address(url))),
            "said" => Value::from(self.reply_text.as_ref()),
            "subject" => Value::from(self.headline.as_ref()),
            _ => return self.of_request(name).or_else(|| self.of_offer(name)),
        })
    }
}

fn is_web_address(url: &str) -> bool {
    let web = url.starts_with("https://") || url.starts_with("http://");
    web && !url.contains(|ch: char| ch.is_whitespace() || ch.is_control())
}

fn tag(tag: Option<&CompactString>) -> Value {
    Value::from(tag.map(CompactString::as_str))
}

fn text(value: impl ToString) -> String {
    value.to_string()
}
