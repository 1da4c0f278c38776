//! The offer file: the shop and its offers, checked as a whole before anything starts.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::path::Path;

use crate::domain::credit::CreditTerms;
use crate::domain::effect::Announcement;
use crate::domain::id::Network;
use crate::domain::offering::Offering;
use crate::domain::terms::Terms;
use crate::words::announcement::{announce, announce_credit};

use super::document::Document;
use super::field::Field;
use super::keys::Keys;
use crate::text::file_fault::{Fault, Faults};
use offer::{Agreed, OfferDraft};

pub use shop::Shop;

mod campaigns;
mod cards;
mod credit;
mod names;
mod offer;
mod price;
mod rules;
mod shop;
mod tags;
mod times;

/// Upper bound on the size of an offer file, in bytes.
pub const FILE_BYTES_MAX: usize = 4 << 20;

/// The content of a file without a fault.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OfferFile {
    /// The shop of the file.
    pub shop: Shop,
    /// The purchase offers, in the order of the file.
    pub offers: Vec<Terms>,
    /// The statement-credit offers, in the order of the file. The file has at least one offer of either kind.
    pub credits: Vec<CreditTerms>,
}

impl OfferFile {
    /// All offers: purchase offers first, then statement-credit offers.
    #[must_use]
    pub fn offerings(&self) -> Vec<Offering> {
        let purchases = self.offers.iter().cloned().map(Offering::from);
        purchases.chain(self.credits.iter().cloned().map(Offering::from)).collect()
    }
}

/// Reads an offer file.
///
/// # Errors
/// Returns every fault of the file, or that it cannot be read.
pub fn read_offers(path: &Path) -> Result<OfferFile, Faults> {
    let name = path.display().to_string();
    match super::text_of(path, &name, FILE_BYTES_MAX)? {
        Some(text) => parse_offers(&text, &name),
        None => Err(too_large(&name).into()),
    }
}

/// Reads the text of an offer file; faults name it by `file_name`.
///
/// # Errors
/// Returns every fault of the text.
pub fn parse_offers(text: &str, file_name: &str) -> Result<OfferFile, Faults> {
    if text.len() > FILE_BYTES_MAX {
        return Err(too_large(file_name).into());
    }
    let document = Document::new(text, file_name, [])?;
    let content = {
        let tree = document.tree();
        file(&Keys::top(&document, tree.get_ref()))
    };
    document.judged(content)
}

fn too_large(file_name: &str) -> Fault {
    Fault::of_file(file_name, "is larger than 4 MiB").hint("split the offers over several engines")
}

fn file(keys: &Keys<'_>) -> Option<OfferFile> {
    let shop = keys.need("shop", "[shop] with the shop's name and accounts");
    let shop = shop.and_then(|field| field.table()).and_then(|keys| shop::read(&keys));
    let networks: Vec<Network> = shop.iter().flat_map(|shop| shop.accounts.keys().copied()).collect();
    let drafts: Vec<OfferDraft<'_>> = tables(keys)?.iter().map(|keys| offer::read(keys, &networks)).collect();
    keys.done();
    unique_ids(&drafts);
    tags::check_distinct(drafts.iter().flat_map(|draft| &draft.tags));
    drafts.iter().for_each(announced);
    let campaigns_fit = campaigns::fit(&drafts);
    let agreed: Option<Vec<Agreed>> = drafts.into_iter().map(|draft| draft.agreed).collect();
    let (mut offers, mut credits) = (Vec::new(), Vec::new());
    for agreed in agreed? {
        match agreed {
            Agreed::Purchase(terms) => offers.push(*terms),
            Agreed::Credit(terms) => credits.push(*terms),
        }
    }
    campaigns_fit.then_some(OfferFile { shop: shop?, offers, credits })
}

/// The tables of the offers; a file without any has a fault.
fn tables<'d>(keys: &Keys<'d>) -> Option<Vec<Keys<'d>>> {
    const EXAMPLE: &str = "an [[offer]] table for each offer";
    let field = keys.need("offer", EXAMPLE);
    if field.is_none() {
        keys.done();
    }
    let field = field?;
    if field.is_table() {
        keys.done();
        return field.advise("`offer` is one table", "write [[offer]] in double brackets");
    }
    let elements = field.list(EXAMPLE)?;
    if elements.is_empty() {
        return field.advise("there are no offers", format!("add {EXAMPLE}"));
    }
    Some(elements.iter().filter_map(Field::table).collect())
}

fn unique_ids(drafts: &[OfferDraft<'_>]) {
    let mut lines = BTreeMap::new();
    for (id, field) in drafts.iter().filter_map(|draft| draft.id.as_ref()) {
        match lines.entry(id) {
            Entry::Vacant(entry) => {
                entry.insert(field.line());
            }
            Entry::Occupied(first) => {
                field.fault::<()>(format!("another offer, on line {}, has the id \"{id}\"", first.get()));
            }
        }
    }
}

/// An offer that cannot be announced cannot be sold.
fn announced(draft: &OfferDraft<'_>) {
    let (Some(agreed), Some(title)) = (&draft.agreed, &draft.title) else { return };
    let networks = match agreed {
        Agreed::Purchase(terms) => &terms.networks,
        Agreed::Credit(terms) => &terms.networks,
    };
    let fits = |network, announcement| match agreed {
        Agreed::Purchase(terms) => announce(terms, network, network.facts().delivers, announcement).is_some(),
        Agreed::Credit(terms) => {
            announce_credit(terms, network, network.facts().delivers, announcement).is_some()
        }
    };
    let mut all = vec![
        (Announcement::Opening, "opening"),
        (Announcement::SoldOut, "sold-out"),
        (Announcement::Closing, "closing"),
    ];
    if let Agreed::Purchase(terms) = agreed {
        all.push((Announcement::Restock { units: u32::MAX }, "back-on-sale"));
        all.extend(terms.rules.draw.map(|_| (Announcement::Drawn { entries: u32::MAX }, "drawn")));
    }
    for &network in networks {
        for (_, name) in all.iter().filter(|(announcement, _)| !fits(network, *announcement)) {
            title.advise::<()>(
                format!("the {name} announcement does not fit {network}, however it is shortened"),
                "choose a plainer title",
            );
        }
    }
}
