//! What a table begins with: offers and accounts.

use flashtag::domain::id::{Account, Network};
use flashtag::domain::link::{Funding, Link};
use flashtag::domain::rules::{DrawRule, PostRate};
use flashtag::domain::terms::Tax;
use flashtag::domain::time::Millis;

use super::time::clock;
use super::{Fault, Play};
use crate::domain::world::{link, terms};

impl Play {
    pub(super) fn offer_line(&mut self, rest: &str) -> Result<(), Fault> {
        let (name, words) = rest.split_once(':').ok_or("an offer has a name and a colon")?;
        let mut terms = terms(name);
        for word in words.split(',').map(str::trim).filter(|word| !word.is_empty()) {
            let (first, value) = word.split_once(' ').unwrap_or((word, ""));
            let length = || value.parse::<Millis>().map_err(|fault| fault.to_string());
            let number = |text: &str| text.parse::<u32>().map_err(|fault| fault.to_string());
            match (first, value) {
                (units, "unit" | "units") => terms.units = number(units)?,
                ("opens", _) => terms.opens = clock(value)?,
                ("closes", _) => terms.closes = clock(value)?.into(),
                ("window", _) => terms.confirm_within = length()?,
                ("grace", _) => terms.late_grace = length()?,
                ("patience", _) => terms.prompt_patience = length()?,
                ("lateness", _) => terms.max_lateness = length()?,
                ("limit", _) => terms.limit_per_account = number(value)?,
                ("line", _) => terms.waitlist_max = number(value)?,
                ("no", "waitlist") => terms.waitlist = false,
                ("brand", _) => terms.brands.push(value.into()),
                ("funding", _) => terms.fundings.push(funding(value)?),
                ("price", _) => terms.price = value.parse().map_err(|_| "no price")?,
                ("tax", "included") => terms.rules.price_includes_tax = true,
                ("tax", _) => terms.tax = Tax::Flat(value.parse().map_err(|_| "no rate")?),
                ("reminder", "") => terms.rules.reminder = true,
                ("all", "or nothing") => terms.rules.partial = false,
                ("cards", _) => terms.rules.limit_per_card = Some(number(value)?),
                ("cap", _) => terms.rules.spend_cap = Some(value.parse().map_err(|_| "no cap")?),
                ("pace", _) => {
                    let (posts, per) =
                        value.split_once(" per ").ok_or("a pace is a number of posts per length of time")?;
                    let per = per.parse().map_err(|_| "no length")?;
                    terms.rules.pace = Some(PostRate { posts: number(posts)?, per });
                }
                ("shipping", _) => terms.rules.shipping = Some(value.parse().map_err(|_| "no amount")?),
                ("age", _) => terms.rules.account_age = Some(length()?),
                ("revocable", _) => terms.rules.take_back = Some(length()?),
                ("draw", _) => {
                    let seed = "5a".repeat(32).parse().expect("a seed");
                    terms.rules.draw = Some(DrawRule { window: length()?, seed });
                }
                _ => return Err(format!("an offer has no `{word}`")),
            }
        }
        self.offers.push((name.to_owned(), terms));
        Ok(())
    }

    pub(super) fn account_line(&mut self, rest: &str) -> Result<(), Fault> {
        let (name, words) = rest.split_once(':').ok_or("an account has a name and a colon")?;
        let number = self.id().to_string();
        let mut account = Account::parse(Network::X, &number).map_err(|fault| fault.to_string())?;
        let mut changes: Vec<(&str, &str)> = Vec::new();
        for word in words.split(',').map(str::trim) {
            match word.split_once(' ').unwrap_or((word, "")) {
                ("is", on) => {
                    let (author, network) =
                        on.split_once(" on ").ok_or("an account is a name on a network")?;
                    let network = network.parse::<Network>().map_err(|fault| fault.to_string())?;
                    account = Account::parse(network, author).map_err(|fault| fault.to_string())?;
                }
                ("made", at) => {
                    self.since.insert(name.to_owned(), clock(at)?);
                }
                change => changes.push(change),
            }
        }
        let usual = link(&account);
        let (mut linked, mut card, mut billed) = (true, usual.card(), usual.region());
        let mut email = usual.email().unwrap_or_default();
        for change in changes {
            match change {
                ("not", "linked") => linked = false,
                ("no", "e-mail") => email = "",
                ("brand", brand) => card.brand = brand.into(),
                ("card", kind) => card.funding = funding(kind)?,
                ("region", region) => billed = region,
                ("pays", token) => card.token = token.into(),
                other => return Err(format!("an account has no `{other:?}`")),
            }
        }
        let link = linked.then(|| Link::new(&card, email, billed));
        self.people.insert(name.to_owned(), (account, link));
        Ok(())
    }
}

pub(in crate::domain) fn funding(kind: &str) -> Result<Funding, Fault> {
    serde_json::from_value(kind.into()).map_err(|fault| fault.to_string())
}
