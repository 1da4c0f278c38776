//! An offer of a scenario: one of the precedent's offers by its id, or another by its tags.

use crowd::precedent;
use serde::Deserialize;
use toml::Table;

/// An offer, and the rules under which a self-hosted server sells it.
#[derive(Debug, Clone, Deserialize)]
#[serde(try_from = "OfferFile")]
pub struct ScenarioOffer {
    /// The offer's id at the server.
    pub id: String,
    /// Title of the product.
    pub title: String,
    /// Tag that claims, without the hash sign.
    pub buy: String,
    /// Tag that confirms.
    pub confirm: String,
    /// Tag that passes the unit on.
    pub cancel: String,
    /// Price before tax, such as `149.99 USD`.
    pub price: String,
    /// Weight against the other offers; by default it follows Zipf's law.
    pub popularity: Option<f64>,
    /// Units for sale.
    pub units: u32,
    /// Upper bound on an account's units.
    pub limit_per_account: u32,
    /// Further keys of an offer file, copied unchanged.
    pub rules: Table,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OfferFile {
    id: String,
    title: Option<String>,
    buy: Option<String>,
    confirm: Option<String>,
    cancel: Option<String>,
    price: Option<String>,
    popularity: Option<f64>,
    units: u32,
    #[serde(default = "one")]
    limit_per_account: u32,
    #[serde(default)]
    rules: Table,
}

fn one() -> u32 {
    1
}

impl TryFrom<OfferFile> for ScenarioOffer {
    type Error = String;

    fn try_from(file: OfferFile) -> Result<Self, String> {
        let known = precedent::OFFERS.iter().find(|offer| offer.id == file.id);
        let either = |own: Option<String>, of: fn(&precedent::Offer) -> &'static str, key: &str| {
            let id = &file.id;
            own.or_else(|| known.map(of).map(str::to_owned))
                .ok_or_else(|| format!("offer {id} is none of the precedent's, so it needs a `{key}`"))
        };
        Ok(Self {
            title: either(file.title, |offer| offer.title, "title")?,
            buy: either(file.buy, |offer| offer.buy, "buy")?,
            confirm: either(file.confirm, |offer| offer.confirm, "confirm")?,
            cancel: either(file.cancel, |offer| offer.cancel, "cancel")?,
            price: either(file.price, |offer| offer.price, "price")?,
            id: file.id,
            popularity: file.popularity,
            units: file.units,
            limit_per_account: file.limit_per_account,
            rules: file.rules,
        })
    }
}
