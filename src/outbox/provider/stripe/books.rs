//! What Stripe has of a data directory: its payments and refunds, read from the lists.

use compact_str::{CompactString, ToCompactString};
use serde::Deserialize;
use serde_json::Value;

use super::api::Api;
use super::dispute::{BookedDispute, WireDispute};
use super::objects::{Intent, List, Listed, Metadata, Refund};
use crate::domain::time::Timestamp;
use crate::net::{Http, Request};

/// Items of a page; Stripe gives no more.
const PAGE: usize = 100;

/// Asks for what Stripe kept of each payment.
const FEES: &str = "&expand%5B%5D=data.latest_charge.balance_transaction";

/// A payment with what Stripe kept, if it tells that.
#[derive(Debug, Deserialize)]
struct ListedIntent {
    #[serde(flatten)]
    intent: Intent,
    /// The id of the charge, or the charge with what it moved.
    latest_charge: Option<Value>,
}

impl ListedIntent {
    /// What Stripe kept, and its currency.
    fn fee(&self) -> Option<(i64, String)> {
        let balance = self.latest_charge.as_ref()?.get("balance_transaction")?;
        Some((balance.get("fee")?.as_i64()?, balance.get("currency")?.as_str()?.to_owned()))
    }
}

impl Listed for ListedIntent {
    fn id(&self) -> &str {
        self.intent.id()
    }

    fn metadata(&self) -> Option<&Metadata> {
        self.intent.metadata()
    }
}

/// A payment at Stripe.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BookedPayment {
    /// Its id.
    pub id: String,
    /// The key of the effect that made it; `None` if no engine did.
    pub key: Option<String>,
    /// The order, as Stripe was told.
    pub order: Option<String>,
    /// How it stands, in Stripe's words.
    pub status: CompactString,
    /// The amount, in the units that Stripe counts.
    pub amount: i64,
    /// The amount that was taken.
    pub taken: i64,
    /// The currency, in small letters.
    pub currency: String,
    /// What was returned, by refund. Those that failed are left out.
    pub refunds: Vec<BookedRefund>,
    /// The disputes.
    pub disputes: Vec<BookedDispute>,
    /// What Stripe kept for itself, with the currency of the shop's account; `None` if Stripe does not tell.
    pub fee: Option<(i64, String)>,
}

/// A refund at Stripe.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BookedRefund {
    /// Its id.
    pub id: String,
    /// The key of the effect that made it; `None` if no engine did.
    pub key: Option<String>,
    /// The amount, in the units that Stripe counts.
    pub amount: i64,
}

/// The books cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("Stripe's books cannot be read: {0}")]
pub struct Unread(CompactString);

impl Unread {
    pub(super) fn new(why: impl ToCompactString) -> Self {
        Self(why.to_compact_string())
    }
}

/// Reads the payments that were made in a time, and what was returned of them. It waits for the answers.
///
/// # Errors
/// When Stripe does not answer, refuses the key, or says what cannot be read.
pub fn books(
    api: &Api,
    http: &dyn Http,
    (from, until): (Timestamp, Timestamp),
) -> Result<Vec<BookedPayment>, Unread> {
    let seconds = |at: Timestamp| at.ms().div_euclid(1000);
    let (from, until) = (seconds(from), seconds(until));
    let listed = format!("/v1/payment_intents?created%5Bgte%5D={from}&created%5Blt%5D={until}");
    // A key that may not read charges learns of no fees, and of everything else.
    let intents: Vec<ListedIntent> =
        all(api, http, &format!("{listed}{FEES}")).or_else(|_| all(api, http, &listed))?;
    // A refund is younger than its payment, and so is a dispute.
    let refunds: Vec<Refund> = all(api, http, &format!("/v1/refunds?created%5Bgte%5D={from}"))?;
    let disputes: Vec<WireDispute> = all(api, http, &format!("/v1/disputes?created%5Bgte%5D={from}"))?;
    Ok(intents.into_iter().map(|intent| booked(intent, &refunds, &disputes)).collect())
}

/// Reads one object; `None` if there is none at the path.
pub(super) fn one<T: serde::de::DeserializeOwned>(
    api: &Api,
    http: &dyn Http,
    path: &str,
) -> Result<Option<T>, Unread> {
    let answer = http.exchange(&Request::get(api.at(path)).signed()).map_err(Unread::new)?;
    if answer.status == 404 {
        return Ok(None);
    }
    if !answer.is_success() {
        return Err(Unread::new(format_args!("it answers {}", answer.status)));
    }
    answer.json().map(Some).map_err(Unread::new)
}

/// Reads a list to its end, the newest first.
pub(super) fn all<T: Listed + serde::de::DeserializeOwned>(
    api: &Api,
    http: &dyn Http,
    query: &str,
) -> Result<Vec<T>, Unread> {
    let (mut items, mut after) = (Vec::<T>::new(), String::new());
    loop {
        let request = Request::get(api.at(&format!("{query}&limit={PAGE}{after}"))).signed();
        let answer = http.exchange(&request).map_err(|fault| Unread(fault.to_compact_string()))?;
        if !answer.is_success() {
            return Err(Unread(compact_str::format_compact!("it answers {}", answer.status)));
        }
        let page: List<T> = answer.json().map_err(|fault| Unread(fault.to_compact_string()))?;
        let last = page.data.last().map(|item| item.id().to_owned());
        let before = items.last().map(|item: &T| item.id().to_owned());
        items.extend(page.data);
        match last.filter(|_| page.has_more) {
            // A list that shows the same page again would never end.
            Some(last) if before.as_ref() == Some(&last) => {
                return Err(Unread::new("a list goes on and shows nothing more"));
            }
            Some(last) => after = format!("&starting_after={last}"),
            None if page.has_more => return Err(Unread::new("a list goes on and shows nothing more")),
            None => return Ok(items),
        }
    }
}

fn booked(listed: ListedIntent, refunds: &[Refund], disputes: &[WireDispute]) -> BookedPayment {
    let fee = listed.fee();
    let intent = listed.intent;
    let written = |listed: &dyn Listed, name: &str| listed.metadata()?.get(name).cloned();
    let returned = refunds.iter().filter(|refund| {
        let stands = !matches!(refund.status.as_deref(), Some("failed" | "canceled"));
        stands && refund.payment_intent.as_ref() == Some(&intent.id)
    });
    let returned = returned.map(|refund| BookedRefund {
        id: refund.id.clone(),
        key: written(refund, "key"),
        amount: refund.amount,
    });
    let disputed = disputes.iter().filter(|dispute| dispute.payment_intent.as_ref() == Some(&intent.id));
    BookedPayment {
        key: written(&intent, "key"),
        order: written(&intent, "reservation"),
        refunds: returned.collect(),
        disputes: disputed.map(WireDispute::booked).collect(),
        fee,
        id: intent.id,
        status: intent.status,
        amount: intent.amount,
        taken: intent.amount_received,
        currency: intent.currency,
    }
}
