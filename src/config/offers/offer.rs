//! One offer of the file: the table `[[offer]]`.

use crate::domain::credit::CreditTerms;
use crate::domain::id::{Network, OfferId};
use crate::domain::terms::Terms;

use super::tags::{self, Tag};
use super::{cards, credit, names, price, rules, times};
use crate::config::field::Field;
use crate::config::keys::Keys;
use crate::text::file_fault::quoted;
use crate::text::nearest::nearest;

/// An offer as far as it could be read, with what is compared across offers.
pub(super) struct OfferDraft<'d> {
    pub(super) id: Option<(OfferId, Field<'d>)>,
    pub(super) title: Option<Field<'d>>,
    pub(super) tags: Vec<Tag<'d>>,
    /// The terms; `None` if a fault of the offer was recorded.
    pub(super) agreed: Option<Agreed>,
}

/// The terms of an offer of either kind.
pub(super) enum Agreed {
    Purchase(Box<Terms>),
    Credit(Box<CreditTerms>),
}

/// The kinds of offers.
enum Kind {
    Purchase,
    Credit,
}

pub(super) fn read<'d>(keys: &Keys<'d>, networks: &[Network]) -> OfferDraft<'d> {
    let id = keys.need("id", "id = \"kindle-fire-hd\"");
    let id = id.and_then(|field| names::name(&field, "kindle-fire-hd").map(|id| (id, field)));
    let title = keys.get("title").or_else(|| id.as_ref().map(|(_, field)| field.clone()));
    let kind = keys.need("kind", "kind = \"purchase\"").and_then(|field| kind(&field));
    let owner = id.as_ref().map_or("", |(id, _)| id.as_str());
    let name = id.as_ref().map(|(id, _)| id);
    let (tags, agreed) = match kind {
        Some(Kind::Credit) => {
            let (tags, terms) = credit::read(keys, name, owner, networks);
            (tags, terms.map(|terms| Agreed::Credit(Box::new(terms))))
        }
        // Most offers are purchases, so an offer of an unknown kind is also checked as one.
        Some(Kind::Purchase) | None => {
            let (tags, terms) = purchase(keys, name, owner, networks);
            (tags, terms.map(|terms| Agreed::Purchase(Box::new(terms))))
        }
    };
    keys.done();
    OfferDraft { id, title, tags, agreed }
}

fn kind(field: &Field<'_>) -> Option<Kind> {
    const KINDS: [&str; 2] = ["purchase", "credit"];
    match field.text("\"purchase\"")? {
        "purchase" => Some(Kind::Purchase),
        "credit" => Some(Kind::Credit),
        other => {
            let meant = nearest(other, KINDS).unwrap_or("purchase");
            field.advise(format!("no offer is of the kind {}", quoted(other)), format!("write \"{meant}\""))
        }
    }
}

fn purchase<'d>(
    keys: &Keys<'d>,
    id: Option<&OfferId>,
    owner: &str,
    networks: &[Network],
) -> (Vec<Tag<'d>>, Option<Terms>) {
    let names = names::read(keys, id, None);
    let times = times::read(keys);
    let price = price::read(keys);
    let line = waitlist(keys);
    let rules = rules::read(keys);
    let cards = cards::read(keys);
    let one_step = times.confirm_within.map(|window| window.ms() == 0);
    let (tags, roles) = tags::read(keys, owner, one_step);
    let terms = || {
        let (names, price, cards, (waitlist, waitlist_max)) = (names?, price?, cards?, line?);
        Some(Terms {
            id: id?.clone(),
            campaign: names.campaign,
            title: names.title,
            tags: roles?,
            price: price.price,
            tax: price.tax,
            units: price.units,
            opens: times.span.opens?,
            closes: times.span.closes?,
            confirm_within: times.confirm_within?,
            late_grace: times.span.late_grace?,
            prompt_patience: times.prompt_patience?,
            max_lateness: times.span.max_lateness?,
            limit_per_account: price.limit_per_account,
            waitlist,
            waitlist_max,
            brands: cards.brands,
            fundings: cards.fundings,
            networks: networks.to_vec(),
            terms_url: names.terms_url,
            rules: rules?,
        })
    };
    (tags, terms().filter(|terms| rules::fit(keys, terms)))
}

/// Whether claims may queue, and the length of the line.
fn waitlist(keys: &Keys<'_>) -> Option<(bool, u32)> {
    const WAITING_DEFAULT: u32 = 1_000_000;
    let queues = keys.get("waitlist").map_or(Some(true), |field| field.boolean());
    let most = keys.get("waitlist_max").map_or(Some(WAITING_DEFAULT), |field| {
        u32::try_from(field.number(1..=u64::from(price::UNITS_MAX))?).ok()
    });
    Some((queues?, most?))
}
