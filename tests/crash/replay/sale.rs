//! The offers of a random day: of every kind, with random rules.

use flashtag::domain::command::Command;
use flashtag::domain::credit::{CreditTerms, Reward};
use flashtag::domain::id::{Network, OfferId, OfferNo};
use flashtag::domain::rules::{DrawRule, PostRate, Rules};
use flashtag::domain::terms::{Tags, Tax, Terms};
use flashtag::domain::time::{Millis, Timestamp};

use crate::test_rng::TestRng;

/// The purchase offers are numbered from 0; the statement-credit offers follow.
pub(super) const PURCHASES: u32 = 5;
pub(super) const CREDITS: u32 = 2;

/// Two hours before midnight (UTC), so that the day of the spend cap changes.
pub(super) const OPENS_MS: i64 = 15_749 * 86_400_000 - 2 * 3_600_000;

fn opens() -> Timestamp {
    Timestamp::from_ms(OPENS_MS)
}

fn closes() -> Timestamp {
    opens().plus(Millis::from_secs(4 * 3600))
}

/// Applies a rule to every other offer.
fn sometimes<T>(rng: &mut TestRng, rule: T) -> Option<T> {
    (rng.below(2) == 0).then_some(rule)
}

fn rules(rng: &mut TestRng) -> Rules {
    let seed = "5eed".repeat(16).parse().expect("64 digits");
    Rules {
        partial: rng.below(2) == 0,
        limit_per_card: sometimes(rng, 4),
        spend_cap: sometimes(rng, "80.00 USD".parse().expect("an amount")),
        pace: sometimes(rng, PostRate { posts: 2, per: Millis::from_secs(1800) }),
        account_age: sometimes(rng, Millis::from_secs(86_400)),
        take_back: sometimes(rng, Millis::from_secs(900)),
        draw: sometimes(rng, DrawRule { window: Millis::from_secs(1200), seed }),
        price_includes_tax: rng.below(3) == 0,
        shipping: sometimes(rng, "4.99 USD".parse().expect("an amount")),
        reminder: rng.below(2) == 0,
    }
}

fn terms(rng: &mut TestRng, id: &str, campaign: &str, units: u32, confirm_within: Millis) -> Terms {
    let one_step = confirm_within == Millis::ZERO;
    let later = |word: &str| (!one_step).then(|| format!("{word}{id}").into());
    Terms {
        id: OfferId::parse(id).expect("a name"),
        campaign: campaign.into(),
        title: id.into(),
        tags: Tags { buy: format!("Buy{id}").into(), confirm: later("Confirm"), cancel: later("Cancel") },
        price: "10.00 USD".parse().expect("a price"),
        tax: Tax::Flat("8.875%".parse().expect("a rate")),
        units,
        opens: opens(),
        closes: closes().into(),
        confirm_within,
        late_grace: Millis::from_secs(30),
        prompt_patience: Millis::from_secs(300),
        max_lateness: Millis::from_secs(600),
        limit_per_account: 3,
        waitlist: true,
        waitlist_max: 5,
        brands: Vec::new(),
        fundings: Terms::FUNDINGS.as_slice().into(),
        networks: vec![Network::X],
        terms_url: None,
        rules: rules(rng),
    }
}

fn credit_terms(id: &str, campaign: &str, reward: Reward, enrollments: u32) -> CreditTerms {
    CreditTerms {
        id: OfferId::parse(id).expect("a name"),
        campaign: campaign.into(),
        title: id.into(),
        enroll: format!("Load{id}").into(),
        reward,
        min_spend: "25.00 USD".parse().expect("an amount"),
        merchants: vec!["m-100".into()],
        uses_per_card: 2,
        enrollments,
        opens: opens(),
        closes: closes().into(),
        valid_until: closes().into(),
        late_grace: Millis::from_secs(30),
        max_lateness: Millis::from_secs(600),
        brands: Vec::new(),
        fundings: Terms::FUNDINGS.as_slice().into(),
        networks: vec![Network::X],
        terms_url: None,
    }
}

/// Puts one unit on sale, in one step and without rules.
pub(super) fn one_unit() -> Command {
    let ordinary = terms(&mut TestRng::new(0), "last", "last", 1, Millis::ZERO);
    let terms = Terms { rules: Rules::default(), ..ordinary };
    Command::AddOffer { offer: OfferNo(0), terms: Box::new(terms) }
}

/// Puts all offers on sale, in the order of their numbers.
pub(super) fn openings(rng: &mut TestRng) -> Vec<Command> {
    let purchases = [
        terms(rng, "kindle", "launch", 3, Millis::from_secs(900)),
        terms(rng, "tablet", "launch", 4, Millis::from_secs(60)),
        terms(rng, "flash", "flash", 4, Millis::ZERO),
        terms(rng, "late", "late", 50, Millis::from_secs(300)),
        terms(rng, "pot", "pot", 2, Millis::from_secs(600)),
    ];
    let (fixed, most) = ("5.00 USD".parse().expect("money"), "9.99 USD".parse().expect("money"));
    let share = Reward::Share { rate: "10%".parse().expect("a rate"), most };
    let credits =
        [credit_terms("small", "launch", Reward::Fixed(fixed), 3), credit_terms("gift", "gift", share, 100)];
    let corrected = Terms { title: "corrected".into(), ..purchases[0].clone() };
    let corrected_credit = CreditTerms { title: "corrected".into(), ..credits[0].clone() };
    let corrections = [
        Command::CorrectOffer { offer: OfferNo(0), terms: Box::new(corrected) },
        Command::CorrectCreditOffer { offer: OfferNo(PURCHASES), terms: Box::new(corrected_credit) },
    ];
    let purchases = (0..PURCHASES)
        .zip(purchases)
        .map(|(no, terms)| Command::AddOffer { offer: OfferNo(no), terms: Box::new(terms) });
    let credits = (PURCHASES..PURCHASES + CREDITS)
        .zip(credits)
        .map(|(no, terms)| Command::AddCreditOffer { offer: OfferNo(no), terms: Box::new(terms) });
    purchases.chain(credits).chain(corrections).collect()
}
