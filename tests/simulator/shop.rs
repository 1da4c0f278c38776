//! The shop of one seed: offers of every kind with random rules.

use std::sync::Arc;

use flashtag::domain::credit::{CreditTerms, Reward};
use flashtag::domain::id::{Account, Network, OfferId};
use flashtag::domain::link::{Card, Funding, Link, LinkedAccount};
use flashtag::domain::listing::ShopFront;
use flashtag::domain::offering::Offering;
use flashtag::domain::rules::{DrawRule, PostRate, Rules};
use flashtag::domain::terms::{Tags, Tax, Terms};
use flashtag::domain::time::{Millis, Timestamp};
use flashtag::intake::catalog::Catalog;
use flashtag::words::Words;
use flashtag::words::renderer::Renderer;

use super::plan::Plan;
use crate::test_rng::TestRng;

/// Two hours before midnight (UTC), so that the day of the spend cap changes.
pub(crate) const OPENS_MS: i64 = 15_749 * 86_400_000 - 2 * 3_600_000;

/// The shop's own author id; its posts never buy.
pub(crate) const SHOP: &str = "9001";

/// The merchant of the statement-credit offer.
pub(crate) const MERCHANT: &str = "m-100";

const NAMES: [&str; 4] = ["kindle", "tablet", "watch", "phone"];

/// The offers, the linked accounts, and the shop's own.
pub(crate) struct Shop {
    pub(crate) offers: Vec<Offering>,
    pub(crate) links: Vec<LinkedAccount>,
    pub(crate) front: ShopFront,
    /// The texts of replies; without them, an effect's text is its kind.
    pub(crate) words: Option<Arc<Words>>,
}

impl Shop {
    pub(crate) fn new(plan: &Plan, rng: &mut TestRng) -> Self {
        let mut offers = Vec::new();
        for name in &NAMES[..plan.purchases] {
            offers.push(Offering::Purchase(Arc::new(terms(rng, name))));
        }
        if plan.credits {
            offers.push(Offering::Credit(Arc::new(credit_terms(rng))));
        }
        let mut links: Vec<_> = (0..plan.people).filter_map(|number| link(plan, rng, number)).collect();
        // The shop's own account should not be linked; if it is, it must not buy.
        let front = Self::front();
        links.extend(front.own.iter().map(|own| linked(own.clone(), "tok_shop", Funding::Credit)));
        Self { offers, links, front, words: None }
    }

    /// The texts of what the outbox sends.
    pub(crate) fn renderer(&self, catalog: &Arc<Catalog>) -> Renderer {
        let (words, catalog) = (self.words.clone(), Arc::clone(catalog));
        Renderer::new(move |partition, effect, now| match &words {
            Some(words) => {
                words.post_text(effect, &catalog.listing(partition, effect.offer())?.offering, now)
            }
            None => Some(effect.kind().to_owned()),
        })
    }

    /// The offers with one of them changed in a way that is allowed until it opens.
    pub(crate) fn corrected(&self, rng: &mut TestRng) -> Vec<Offering> {
        let mut offers = self.offers.clone();
        let place = rng.below(offers.len());
        offers[place] = match &offers[place] {
            Offering::Purchase(terms) => {
                let units = 1 + rng.below(6) as u32;
                Offering::Purchase(Arc::new(Terms {
                    units,
                    title: "corrected".into(),
                    ..Terms::clone(terms)
                }))
            }
            Offering::Credit(terms) => {
                let enrollments = *rng.pick(&[2, 3, 100]);
                let terms =
                    CreditTerms { enrollments, title: "corrected".into(), ..CreditTerms::clone(terms) };
                Offering::Credit(Arc::new(terms))
            }
        };
        offers
    }

    fn front() -> ShopFront {
        let own = Account::parse(Network::X, SHOP).expect("a number");
        ShopFront { own: vec![own], handles: vec!["FlashShop".into()] }
    }
}

/// Every third account is on another network, with an id that exists here, too.
pub(crate) fn account(number: usize) -> Account {
    let (network, id) =
        if number % 3 == 2 { (Network::Mastodon, 99 + number) } else { (Network::X, 100 + number) };
    Account::parse(network, &id.to_string()).expect("a number")
}

/// Most accounts are linked; some share a card, some cards decline, some are of an ineligible kind.
fn link(plan: &Plan, rng: &mut TestRng, number: usize) -> Option<LinkedAccount> {
    let (fate, holder) = (rng.below(12), if rng.below(3) == 0 { number / 2 } else { number });
    let token = match fate {
        0 => return None,
        1 if plan.providers.cards_decline => format!("declines_{holder}"),
        2 if plan.providers.cards_decline => format!("declines_capture_{holder}"),
        _ => format!("tok_{holder}"),
    };
    let funding = if fate == 3 { Funding::Prepaid } else { Funding::Credit };
    Some(linked(account(number), &token, funding))
}

pub(crate) fn linked(account: Account, token: &str, funding: Funding) -> LinkedAccount {
    let card = Card { token: token.into(), brand: "amex".into(), funding, last4: "1005".into() };
    let link = Link::new(&card, &format!("{}@example.com", account.author), "US-NY");
    LinkedAccount { account, link }
}

fn opens(rng: &mut TestRng) -> Timestamp {
    Timestamp::from_ms(OPENS_MS + *rng.pick(&[-60_000, 0, 30_000, 300_000]))
}

fn secs(rng: &mut TestRng, of: &[u32]) -> Millis {
    Millis::from_secs(*rng.pick(of))
}

/// Applies a rule to one offer of three.
fn sometimes<T>(rng: &mut TestRng, rule: T) -> Option<T> {
    (rng.below(3) == 0).then_some(rule)
}

fn rules(rng: &mut TestRng) -> Rules {
    let seed = "5eed".repeat(16).parse().expect("64 digits");
    let (pace, take_back) = (secs(rng, &[60, 1800]), secs(rng, &[60, 900]));
    let window = secs(rng, &[60, 600]);
    Rules {
        partial: rng.below(2) == 0,
        limit_per_card: sometimes(rng, 4),
        spend_cap: sometimes(rng, "30.00 USD".parse().expect("an amount")),
        pace: sometimes(rng, PostRate { posts: 3, per: pace }),
        account_age: sometimes(rng, Millis::from_secs(86_400)),
        take_back: sometimes(rng, take_back),
        draw: sometimes(rng, DrawRule { window, seed }),
        price_includes_tax: rng.below(3) == 0,
        shipping: sometimes(rng, "4.99 USD".parse().expect("an amount")),
        reminder: rng.below(2) == 0,
    }
}

fn terms(rng: &mut TestRng, name: &str) -> Terms {
    let confirm_within = secs(rng, &[0, 60, 300, 900, 900]);
    let later = |word: &str| (confirm_within != Millis::ZERO).then(|| format!("{word}{name}").into());
    let tags = Tags { buy: format!("Buy{name}").into(), confirm: later("Confirm"), cancel: later("Cancel") };
    let opens = opens(rng);
    // A draw needs a waitlist.
    let mut rules = rules(rng);
    let limit_per_account = 1 + rng.below(3) as u32;
    // The limit of one account also limits all accounts that share its card.
    rules.limit_per_card = rules.limit_per_card.map(|_| limit_per_account);
    Terms {
        id: OfferId::parse(name).expect("a name"),
        campaign: (*rng.pick(&["launch", "winter", name])).into(),
        title: name.into(),
        tags,
        price: rng.pick(&["10.00 USD", "19.99 USD", "7.35 USD"]).parse().expect("a price"),
        tax: Tax::Flat("8.875%".parse().expect("a rate")),
        units: 1 + rng.below(6) as u32,
        opens,
        // Two of three closings name the last second of a minute, unless the sale opens within one.
        closes: opens.plus(secs(rng, &[899, 3600, 4 * 3600 - 1])).into(),
        confirm_within,
        late_grace: secs(rng, &[0, 30]),
        prompt_patience: secs(rng, &[30, 120, 300]),
        max_lateness: secs(rng, &[600, 3600]),
        limit_per_account,
        waitlist: rules.draw.is_some() || rng.below(5) > 0,
        waitlist_max: *rng.pick(&[2, 5, 100]),
        brands: Vec::new(),
        fundings: Terms::FUNDINGS.as_slice().into(),
        networks: vec![Network::X, Network::Mastodon],
        terms_url: None,
        rules,
    }
}

fn credit_terms(rng: &mut TestRng) -> CreditTerms {
    let (fixed, most) = ("5.00 USD".parse().expect("money"), "9.99 USD".parse().expect("money"));
    let share = Reward::Share { rate: "10%".parse().expect("a rate"), most };
    let opens = opens(rng);
    let closes = opens.plus(Millis::from_secs(4 * 3600 - 1)).into();
    CreditTerms {
        id: OfferId::parse("small").expect("a name"),
        campaign: (*rng.pick(&["launch", "small"])).into(),
        title: "small".into(),
        enroll: "Loadsmall".into(),
        reward: *rng.pick(&[Reward::Fixed(fixed), share]),
        min_spend: "25.00 USD".parse().expect("an amount"),
        merchants: vec![MERCHANT.into()],
        uses_per_card: 1 + rng.below(2) as u32,
        enrollments: *rng.pick(&[2, 100]),
        opens,
        closes,
        valid_until: closes,
        late_grace: Millis::from_secs(30),
        max_lateness: Millis::from_secs(600),
        brands: Vec::new(),
        fundings: Terms::FUNDINGS.as_slice().into(),
        networks: vec![Network::X, Network::Mastodon],
        terms_url: None,
    }
}
