//! An offer of a scenario: of the precedent's by its id, or one's own by its tags.

use crowd::precedent;
use serde::Deserialize;
use toml::Table;

/// What is wanted, and the rules under which a server of one's own sells it.
#[derive(Debug, Clone, Deserialize)]
#[serde(try_from = "OfferFile")]
pub struct ScenarioOffer {
    /// The offer's id at the server.
    pub id: String,
    /// What is sold.
    pub title: String,
    /// The tag that claims, without the hash sign.
    pub buy: String,
    /// The tag that confirms.
    pub confirm: String,
    /// The tag that passes on.
    pub cancel: String,
    /// Price before tax, as `149.99 USD`.
    pub price: String,
    /// Its weight against the others; without one, Zipf's by its place in the list.
    pub popularity: Option<f64>,
    /// Units for sale.
    pub units: u32,
    /// Units that an account may have.
    pub limit_per_account: u32,
    /// Further keys of an offer file, taken over as they are.
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
