//! A statement-credit offer of the file: the credit, the purchases that earn it, and the limits.

use std::collections::BTreeSet;

use compact_str::CompactString;

use crate::domain::credit::{CreditTerms, Reward};
use crate::domain::end::End;
use crate::domain::id::{Network, OfferId};
use crate::domain::money::{Money, Rate};
use crate::domain::transaction::MERCHANT_BYTES_MAX;

use super::tags::{self, Tag};
use super::{cards, names, price, times};
use crate::config::field::Field;
use crate::config::keys::Keys;
use crate::text::file_fault::quoted;

const MERCHANTS: &str = "[\"m-100\", \"m-101\"]";

pub(super) fn read<'d>(
    keys: &Keys<'d>,
    id: Option<&OfferId>,
    owner: &str,
    networks: &[Network],
) -> (Vec<Tag<'d>>, Option<CreditTerms>) {
    let names = names::read(keys, id, Some(id.map_or_else(String::new, readable)));
    let span = times::span(keys);
    let valid_until = keys.need("valid_until", &format!("valid_until = {}", times::INSTANT));
    let valid_until = valid_until.and_then(|field| not_before(&field, span.closes));
    let counts = counts(keys);
    let money = money(keys, counts);
    let merchants = keys.need("merchants", &format!("merchants = {MERCHANTS}"));
    let merchants = merchants.and_then(|field| merchants_of(&field));
    let cards = cards::read(keys);
    let (tags, enroll) = tags::enroll(keys, owner);
    let terms = || {
        let (names, (reward, min_spend), cards, (uses_per_card, enrollments)) =
            (names?, money?, cards?, counts?);
        Some(CreditTerms {
            id: id?.clone(),
            campaign: names.campaign,
            title: names.title,
            enroll: enroll?,
            reward,
            min_spend,
            merchants: merchants?,
            uses_per_card,
            enrollments,
            opens: span.opens?,
            closes: span.closes?,
            valid_until: valid_until?,
            late_grace: span.late_grace?,
            max_lateness: span.max_lateness?,
            brands: cards.brands,
            fundings: cards.fundings,
            networks: networks.to_vec(),
            terms_url: names.terms_url,
        })
    };
    (tags, terms())
}

/// The readable form of an offer's name: `small-business-saturday` becomes `Small Business Saturday`.
fn readable(id: &OfferId) -> String {
    let words = id.as_str().split('-').filter(|word| !word.is_empty()).map(|word| {
        let (first, rest) = word.split_at(1);
        format!("{}{rest}", first.to_ascii_uppercase())
    });
    words.collect::<Vec<_>>().join(" ")
}

/// The end of the period; not before the offer closes, so that the last to enroll can still spend.
fn not_before(field: &Field<'_>, closes: Option<End>) -> Option<End> {
    let valid_until = field.instant()?;
    match closes {
        Some(closes) if valid_until < closes.named() => {
            let message =
                format!("purchases count until {valid_until}, and cards can be enrolled until {closes}");
            field.advise(message, "let them count at least until the offer closes")
        }
        _ => Some(valid_until.into()),
    }
}

/// The number of purchases that count for each card, and the number of cards that may be enrolled.
fn counts(keys: &Keys<'_>) -> Option<(u32, u32)> {
    let uses = keys.get("uses_per_card").map_or(Some(1), |field| price::count(&field));
    let enrollments = keys.need("enrollments", "enrollments = 5000").and_then(|field| price::count(&field));
    Some((uses?, enrollments?))
}

/// The reward and the minimum spend.
fn money(keys: &Keys<'_>, counts: Option<(u32, u32)>) -> Option<(Reward, Money)> {
    let spend_field = keys.need("min_spend", "min_spend = \"25.00 USD\"");
    let min_spend = spend_field.as_ref().and_then(above_zero);
    let (reward, field) = reward(keys)?;
    let (min_spend, spend_field) = (min_spend?, spend_field?);
    let most = reward.most();
    if most.currency != min_spend.currency {
        let (one, other) = (most.currency.code(), min_spend.currency.code());
        let message = format!("`{}` is in {one} and `min_spend` in {other}", field.name);
        return field.advise(message, "write both in the currency of the purchases");
    }
    if let Reward::Share { rate, .. } = reward
        && min_spend.share_down(rate).is_none_or(|credit| credit.minor == 0)
    {
        let message = format!("{rate} of {min_spend} comes to nothing");
        return spend_field.advise(message, "ask for a larger purchase, or give more of it back");
    }
    let (uses, enrollments) = counts?;
    if most.checked_mul(uses).and_then(|card| card.checked_mul(enrollments)).is_none() {
        let message = format!("{enrollments} x {uses} credits of {most} are more money than can be counted");
        return field.fault(message);
    }
    Some((reward, min_spend))
}

/// The reward, and the field that bounds it.
fn reward<'d>(keys: &Keys<'d>) -> Option<(Reward, Field<'d>)> {
    let most = keys.get("credit_max");
    let credit = keys.need("credit", "credit = \"25.00 USD\", or credit = \"10%\"")?;
    if !credit.text("\"25.00 USD\"")?.ends_with('%') {
        let money = above_zero(&credit);
        if let Some(most) = most {
            let message = "`credit_max` is not needed: `credit` is the same for every purchase";
            return most.advise(message, "leave it out, or give back a share, as \"10%\"");
        }
        return Some((Reward::Fixed(money?), credit));
    }
    let rate: Option<Rate> = credit.parsed("\"10%\"");
    if rate == Some(Rate::ZERO) {
        credit.advise::<()>("`credit` is 0%", "give back a share above zero")?;
    }
    if most.is_none() {
        let message = "`credit` is a share, and `credit_max` is missing";
        credit.advise::<()>(message, "add credit_max = \"50.00 USD\"")?;
    }
    let field = most?;
    Some((Reward::Share { rate: rate?, most: above_zero(&field)? }, field))
}

fn above_zero(field: &Field<'_>) -> Option<Money> {
    let money: Money = field.parsed("\"25.00 USD\"")?;
    if money.minor > 0 {
        return Some(money);
    }
    field.advise(format!("`{}` is {money}", field.name), "write an amount above zero")
}

fn merchants_of(field: &Field<'_>) -> Option<Vec<CompactString>> {
    let elements = field.list(MERCHANTS)?;
    if elements.is_empty() {
        return field.advise("`merchants` names none", format!("write {MERCHANTS}"));
    }
    let (mut known, mut merchants) = (BTreeSet::new(), Vec::with_capacity(elements.len()));
    for element in &elements {
        match merchant(element) {
            Some(name) if !known.insert(name) => {
                element.fault::<()>(format!("`merchants` names {} twice", quoted(name)));
            }
            Some(name) => merchants.push(name.into()),
            None => {}
        }
    }
    (merchants.len() == elements.len()).then_some(merchants)
}

/// Reads a merchant's id. The engine compares it byte by byte with the ids in the feed.
fn merchant<'d>(field: &Field<'d>) -> Option<&'d str> {
    let text = field.text("\"m-100\"")?;
    if (1..=MERCHANT_BYTES_MAX).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Some(text);
    }
    let rule = format!("1 to {MERCHANT_BYTES_MAX} visible ASCII characters, as \"m-100\"");
    field.advise(format!("{} is no merchant's id", quoted(text)), format!("write {rule}"))
}
