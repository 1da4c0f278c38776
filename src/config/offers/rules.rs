//! The optional rules of an offer.

use std::str::FromStr;

use crate::domain::draw::Seed;
use crate::domain::money::Money;
use crate::domain::rules::{DrawRule, PostRate, Rules};
use crate::domain::terms::Terms;
use crate::domain::time::Millis;

use super::price::UNITS_MAX;
use crate::config::field::Field;
use crate::config::keys::Keys;

/// Upper bound on the time in which an order can be taken back. Card providers refund for months, but an
/// order should be shipped within one.
const TAKE_BACK_MAX: Millis = Millis::from_secs(30 * 86_400);

/// Upper bound on the posts of a pace: more would limit nobody.
const PACE_POSTS_MAX: u32 = 100_000;

/// Reads the rules; [`fit`] checks those that depend on the rest of the offer.
pub(super) fn read(keys: &Keys<'_>) -> Option<Rules> {
    let partial = keys.get("partial").map_or(Some(true), |field| field.boolean());
    let per_card =
        optional(keys, "limit_per_card", |field| u32::try_from(field.number(1..=u64::from(UNITS_MAX))?).ok());
    let spend_cap = optional(keys, "spend_cap", |field| field.parsed("\"500.00 USD\""));
    let pace = optional(keys, "account_pace", pace);
    let account_age = optional(keys, "account_age", |field| above_zero(field, "\"30d\"", Millis::MAX));
    let take_back = optional(keys, "take_back", |field| above_zero(field, "\"10m\"", TAKE_BACK_MAX));
    let draw = draw(keys);
    let includes_tax = keys.get("price_includes_tax").map_or(Some(false), |field| field.boolean());
    let shipping = optional(keys, "shipping", shipping);
    let reminder = keys.get("reminder").map_or(Some(false), |field| field.boolean());
    Some(Rules {
        partial: partial?,
        limit_per_card: per_card?,
        spend_cap: spend_cap?,
        pace: pace?,
        account_age: account_age?,
        take_back: take_back?,
        draw: draw?,
        price_includes_tax: includes_tax?,
        shipping: shipping?,
        reminder: reminder?,
    })
}

/// An optional value. The outer `None` means a faulty value, the inner one a missing key.
fn optional<'d, T>(
    keys: &Keys<'d>,
    key: &'static str,
    read: impl Fn(&Field<'d>) -> Option<T>,
) -> Option<Option<T>> {
    match keys.get(key) {
        Some(field) => read(&field).map(Some),
        None => Some(None),
    }
}

fn shipping(field: &Field<'_>) -> Option<Money> {
    let shipping: Money = field.parsed("\"4.99 EUR\"")?;
    if shipping.minor > 0 {
        return Some(shipping);
    }
    field.advise(format!("`shipping` is {shipping}"), "leave the key out, or write an amount above zero")
}

fn above_zero(field: &Field<'_>, example: &str, most: Millis) -> Option<Millis> {
    let length = field.length(example)?;
    if length == Millis::ZERO {
        return field
            .advise(format!("`{}` is 0", field.name), "leave the key out, or write a length above 0");
    }
    if length > most {
        return field.fault(format!("`{}` is {length}, and may be {most} at most", field.name));
    }
    Some(length)
}

fn pace(field: &Field<'_>) -> Option<PostRate> {
    const EXAMPLE: &str = "\"10 per 1m\"";
    let text = field.text(EXAMPLE)?;
    let parts = text.split_once(" per ");
    let posts = parts.and_then(|(posts, _)| posts.parse::<u32>().ok());
    let per = parts.and_then(|(_, per)| Millis::from_str(per).ok());
    match (posts, per) {
        (Some(posts @ 1..=PACE_POSTS_MAX), Some(per)) if per.ms() >= i64::from(posts) => {
            Some(PostRate { posts, per })
        }
        _ => field.advise(
            format!("`{}` is no pace", field.name),
            format!("write a number of posts per length of time, as {EXAMPLE}; at most {PACE_POSTS_MAX}, and at most one a millisecond"),
        ),
    }
}

/// The draw, which needs both keys; without either there is no draw.
fn draw(keys: &Keys<'_>) -> Option<Option<DrawRule>> {
    let window = keys.get("draw_window");
    let seed = keys.get("draw_seed");
    match (window, seed) {
        (None, None) => Some(None),
        (Some(window), Some(seed)) => {
            let window = above_zero(&window, "\"5m\"", Millis::MAX);
            let seed: Option<Seed> = secret(&seed);
            Some(Some(DrawRule { window: window?, seed: seed? }))
        }
        (Some(window), None) => window.advise(
            "`draw_window` needs a `draw_seed`, whose hash is published before the sale",
            "add draw_seed = \"...\" with the 64 digits of `openssl rand -hex 32`, and keep the file secret until the draw",
        ),
        (None, Some(seed)) => {
            seed.advise("`draw_seed` is of no use without `draw_window`", "add draw_window = \"5m\"")
        }
    }
}

/// Reads a seed. Faults do not repeat it: a seed with a typing error is still a secret.
fn secret(field: &Field<'_>) -> Option<Seed> {
    let text = field.text("64 hexadecimal digits")?;
    text.parse().map_or_else(
        |error| field.advise(format!("`{}`: {error}", field.name), "make one with `openssl rand -hex 32`"),
        Some,
    )
}

/// Whether the rules fit the rest of the offer. Records a fault for each that does not.
pub(super) fn fit(keys: &Keys<'_>, terms: &Terms) -> bool {
    let rules = &terms.rules;
    let faults = [
        spend_cap_fault(terms).map(|message| ("spend_cap", message)),
        draw_fault(terms).map(|message| ("draw_window", message)),
        shipping_fault(terms).map(|message| ("shipping", message)),
        take_back_fault(terms).map(|message| ("take_back", message)),
        reminder_fault(terms).map(|message| ("reminder", message)),
        rules.limit_per_card.filter(|limit| *limit < terms.limit_per_account).map(|limit| {
            let account = terms.limit_per_account;
            (
                "limit_per_card",
                format!("`limit_per_card` is {limit}, below `limit_per_account`, which is {account}"),
            )
        }),
    ];
    let mut fits = true;
    for (key, message) in faults.into_iter().flatten() {
        fits = false;
        if let Some(field) = keys.get(key) {
            field.fault::<()>(message);
        }
    }
    fits
}

fn spend_cap_fault(terms: &Terms) -> Option<String> {
    let cap = terms.rules.spend_cap?;
    if cap.currency != terms.price.currency {
        return Some(format!("`spend_cap` is {cap}, and the price is {}: another currency", terms.price));
    }
    let rate = terms.tax.lowest();
    let least = terms.total_at(1, rate)?;
    (cap < least).then(|| {
        let taxed = if rate.ppm > 0 { format!(" with {rate} tax") } else { String::new() };
        format!(
            "`spend_cap` is {cap}, and one unit costs {least}{taxed}: the least cap that sells is {least}"
        )
    })
}

fn shipping_fault(terms: &Terms) -> Option<String> {
    let (shipping, price) = (terms.rules.shipping?, terms.price);
    if shipping.currency != price.currency {
        return Some(format!("`shipping` is {shipping}, and the price is {price}: another currency"));
    }
    let most = terms.total_at(terms.units, terms.tax.highest());
    most.is_none()
        .then(|| format!("`shipping` is {shipping}: with it an order is more money than can be counted"))
}

fn take_back_fault(terms: &Terms) -> Option<String> {
    let length = terms.rules.take_back?;
    terms.tags.cancel.is_none().then(|| {
        format!(
            "`take_back` is {length}, and there is no `cancel` tag by which a buyer could take an order back"
        )
    })
}

fn reminder_fault(terms: &Terms) -> Option<String> {
    let window = terms.confirm_within;
    (terms.rules.reminder && terms.reminder_lead().is_none()).then(|| {
        format!(
            "`reminder` is true, and `confirm_within` is {window}: a reminder leaves 3 minutes before the deadline at the latest, so the window must be longer"
        )
    })
}

fn draw_fault(terms: &Terms) -> Option<String> {
    let ends = terms.draw_window_ends()?;
    if ends > terms.closes.after() {
        let window = terms.rules.draw?.window;
        return Some(format!(
            "`draw_window` is {window}, longer than the sale, which closes at {}",
            terms.closes
        ));
    }
    (!terms.waitlist).then(|| {
        "`draw_window` needs the waitlist: those who are not drawn first wait in the drawn order".to_owned()
    })
}
