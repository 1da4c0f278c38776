//! A session of Checkout: how it is opened, and what it gives.

use compact_str::{CompactString, format_compact};
use serde::Deserialize;
use serde_json::Value;

use super::owner::{Details, region, ship_to};
use super::shop::{NotDone, Shop, key};
use crate::domain::id::Account;
use crate::domain::link::{Card, Funding};
use crate::domain::time::{Millis, Timestamp};
use crate::linking::{CardPageReturns, CardSession, LinkedCard, TakenCard, Ticket, VaultFault};
use crate::net::Request;
use crate::outbox::provider::stripe::objects::Metadata;
use crate::outbox::provider::stripe::token::is_id;
use crate::text::email::plain_address;

/// How long a page is open. Stripe takes no less than 30 minutes, by its own clock.
const LIFE: Millis = Millis::from_secs(35 * 60);

/// What Stripe puts the session's id for.
const ITS_ID: &str = "{CHECKOUT_SESSION_ID}";

/// A session, with its setup intent and the payment method in it. It tells who a person is, so it has no `Debug`.
#[derive(Deserialize)]
pub(super) struct Session {
    id: String,
    mode: CompactString,
    status: Option<CompactString>,
    customer: Option<String>,
    metadata: Option<Metadata>,
    url: Option<String>,
    setup_intent: Option<Setup>,
    // Read apart: a card of which they cannot be read is removed.
    customer_details: Option<Value>,
    collected_information: Option<Value>,
}

/// A setup intent. Stripe names it by its id alone where it is not asked for more.
#[derive(Deserialize)]
#[serde(untagged)]
enum Setup {
    Whole { status: CompactString, customer: Option<String>, payment_method: Option<Box<Method>> },
    Named(#[expect(dead_code, reason = "only its form counts")] String),
}

#[derive(Deserialize)]
struct Method {
    id: String,
    customer: Option<String>,
    card: Option<Value>,
    billing_details: Option<Value>,
}

/// A card that was taken.
#[derive(Deserialize)]
struct Taken {
    brand: CompactString,
    funding: CompactString,
    last4: CompactString,
    fingerprint: CompactString,
}

#[derive(Default, Deserialize)]
struct Collected {
    shipping_details: Option<Details>,
}

impl Shop {
    /// Opens a page on which the account's owner gives a card.
    pub(super) fn open(
        &self,
        account: &Account,
        customer: &str,
        returns: &CardPageReturns,
        id: &Ticket,
        now: Timestamp,
    ) -> Result<CardSession, NotDone> {
        let (account, success) = (account.to_string(), format!("{}?cs={ITS_ID}", returns.done));
        let until = now.plus(LIFE).ms().div_euclid(1000).to_string();
        let fields = [
            ("mode", "setup"),
            ("customer", customer),
            ("payment_method_types[]", "card"),
            ("billing_address_collection", "required"),
            ("success_url", &success),
            ("cancel_url", &returns.left),
            ("expires_at", &until),
            ("metadata[account]", &account),
            ("metadata[instance]", &self.instance),
            ("setup_intent_data[metadata][account]", &account),
            ("setup_intent_data[metadata][instance]", &self.instance),
        ];
        // Another customer is another request.
        let key = key(id, &format!("session-{customer}"));
        let request = Request::post_form(self.api.at("/v1/checkout/sessions"), &fields);
        let opened: Session = self.ask_for(request.header("idempotency-key", key).signed())?;
        let is_own = |url: &String| url.starts_with("https://") || url.starts_with(&self.api.at("/"));
        let plain = |url: &String| url.bytes().all(|byte| byte.is_ascii_graphic());
        match opened.url.filter(|url| is_own(url) && plain(url)) {
            Some(go_to) if is_id(&opened.id, "cs_") => Ok(CardSession { id: opened.id, go_to }),
            _ => Err(NotDone::Unanswered("the card page has no address".to_owned())),
        }
    }

    /// Reads a session.
    pub(super) fn read_session(&self, session: &str) -> Result<Session, VaultFault> {
        let address = format!("/v1/checkout/sessions/{session}?expand%5B%5D=setup_intent.payment_method");
        self.ask_for(Request::get(self.api.at(&address)).signed()).map_err(NotDone::into_fault)
    }
}

impl Session {
    /// The card that the session gave, if it is the account's.
    pub(super) fn card_of(
        self,
        asked: &str,
        account: &Account,
        customer: &str,
        instance: &str,
    ) -> Result<TakenCard, VaultFault> {
        let wrote = |name: &str, value: &str| {
            self.metadata.as_ref().and_then(|metadata| metadata.get(name)).is_some_and(|found| found == value)
        };
        let is_own = self.id == asked
            && self.mode == "setup"
            && self.customer.as_deref() == Some(customer)
            && wrote("account", &account.to_string())
            && wrote("instance", instance);
        if !is_own {
            return Err(VaultFault::OtherAccount);
        }
        match self.status.as_deref() {
            Some("complete") => {}
            Some("expired") => return Err(VaultFault::Unknown),
            _ => return Err(VaultFault::NotComplete),
        }
        let Some(Setup::Whole { status, customer: of, payment_method }) = self.setup_intent else {
            return Err(VaultFault::NotComplete);
        };
        let method = match (status.as_str(), payment_method) {
            ("succeeded", Some(method)) => *method,
            ("requires_payment_method" | "canceled", _) => return Err(VaultFault::BankRefused),
            _ => return Err(VaultFault::NotComplete),
        };
        // A card that was removed meanwhile belongs to nobody.
        if of.as_deref() != Some(customer) || method.customer.as_deref() != Some(customer) {
            return Err(VaultFault::Unknown);
        }
        // Its id becomes part of an address.
        if !is_id(&method.id, "pm_") {
            return Err(VaultFault::Unanswered("the card has no id".to_owned()));
        }
        let token = format_compact!("{customer}/{}", method.id);
        let linked = linked(&token, method, self.customer_details, self.collected_information);
        Ok(linked.map_or(TakenCard::Unusable(token), |card| TakenCard::Usable(Box::new(card))))
    }
}

/// The card with its owner; `None` if Stripe does not say enough of it, or what cannot be read. Parcels go to the billing
/// address, unless the page asked for another one.
fn linked(token: &str, method: Method, owner: Option<Value>, collected: Option<Value>) -> Option<LinkedCard> {
    let taken: Taken = serde_json::from_value(method.card?).ok()?;
    // Without it the limits per card could not count it.
    let plain = |text: &CompactString| !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric());
    let fingerprint = Some(&taken.fingerprint).filter(|text| plain(text))?;
    let (owner, billing): (Details, Details) = (read(owner)?, read(method.billing_details)?);
    let Collected { shipping_details: shipping } = read(collected)?;
    let address = billing.address.or(owner.address).unwrap_or_default();
    let name = billing.name.or(owner.name).filter(|name| !name.trim().is_empty());
    let region = region(&address)?;
    let (parcels_to, parcels_for) = match shipping {
        Some(Details { name: own, address: Some(address), .. }) => (address, own.or_else(|| name.clone())),
        _ => (address, name.clone()),
    };
    Some(LinkedCard {
        card: Card {
            token: format_compact!("{token}#{fingerprint}"),
            brand: word(&taken.brand),
            funding: funding(&taken.funding),
            last4: digits(&taken.last4)?,
        },
        region,
        email: owner.email.or(billing.email).and_then(|email| plain_address(email.trim())),
        ship_to: Some(ship_to(parcels_to, parcels_for.unwrap_or_default())),
        name,
    })
}

/// What a part of the session says: nothing if it is not there, and `None` if it cannot be read.
fn read<T: Default + serde::de::DeserializeOwned>(part: Option<Value>) -> Option<T> {
    part.map_or_else(|| Some(T::default()), |part| serde_json::from_value(part).ok())
}

/// The brand in small letters, without what a line cannot hold.
fn word(brand: &str) -> CompactString {
    let plain = |ch: &char| ch.is_ascii_alphanumeric() || matches!(ch, '_' | '-');
    brand.chars().filter(plain).take(32).map(|ch| ch.to_ascii_lowercase()).collect()
}

fn digits(last4: &CompactString) -> Option<CompactString> {
    let are = last4.len() == 4 && last4.bytes().all(|byte| byte.is_ascii_digit());
    are.then(|| last4.clone())
}

/// How a card is funded. What Stripe does not know counts as prepaid, the kind that most offers refuse.
fn funding(name: &str) -> Funding {
    match name {
        "credit" => Funding::Credit,
        "debit" => Funding::Debit,
        "charge" => Funding::Charge,
        _ => Funding::Prepaid,
    }
}
