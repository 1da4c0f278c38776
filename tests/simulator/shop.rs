//! The shop of one seed: offers of every kind under rules that the dice choose.

use std::sync::Arc;

use flashtag::domain::credit::{CreditTerms, Reward};
use flashtag::domain::id::{Account, Network, OfferId};
use flashtag::domain::link::{Card, Funding, Link, LinkedAccount};
use flashtag::domain::listing::ShopFront;
use flashtag::domain::offering::Offering;
use flashtag::domain::rules::{DrawRule, PostRate, Rules};
use flashtag::domain::terms::{Tags, Tax, Terms};
use flashtag::domain::time::{Millis, Timestamp};

use super::plan::Plan;
use crate::dice::Dice;

/// Two hours before a midnight (UTC), so that what is spent is spent on two days.
pub(super) const OPENS_MS: i64 = 15_749 * 86_400_000 - 2 * 3_600_000;

/// The shop's own author id, whose posts never buy.
pub(super) const SHOP: &str = "9001";

/// The merchant of the statement-credit offer.
pub(super) const MERCHANT: &str = "m-100";

const NAMES: [&str; 4] = ["kindle", "tablet", "watch", "phone"];

/// Everything that is sold, and who may buy.
pub(super) struct Shop {
    pub(super) offers: Vec<Offering>,
    pub(super) links: Vec<LinkedAccount>,
}

impl Shop {
    pub(super) fn new(plan: &Plan, dice: &mut Dice) -> Self {
        let mut offers = Vec::new();
        for name in &NAMES[..plan.purchases] {
            offers.push(Offering::Purchase(Arc::new(terms(dice, name))));
        }
        if plan.credits {
            offers.push(Offering::Credit(Arc::new(credit_terms(dice))));
        }
        let mut links: Vec<_> = (0..plan.people).filter_map(|number| link(plan, dice, number)).collect();
        // Nobody should link the shop's own account; it must not buy all the same.
        links.push(linked(Self::front().own.remove(0), "tok_shop", Funding::Credit));
        Self { offers, links }
    }

    pub(super) fn front() -> ShopFront {
        let own = Account::parse(Network::X, SHOP).expect("a number");
        ShopFront { own: vec![own], handles: vec!["FlashShop".into()] }
    }
}

/// Every third person is of another network, and has the id there that somebody else has here.
pub(super) fn account(number: usize) -> Account {
    let (network, id) =
        if number % 3 == 2 { (Network::Mastodon, 99 + number) } else { (Network::X, 100 + number) };
    Account::parse(network, &id.to_string()).expect("a number")
}

/// Most people are linked; some share a card, some cards decline, some are of a kind that may not buy.
fn link(plan: &Plan, dice: &mut Dice, number: usize) -> Option<LinkedAccount> {
    let (fate, holder) = (dice.roll(12), if dice.roll(3) == 0 { number / 2 } else { number });
    let token = match fate {
        0 => return None,
        1 if plan.providers.cards_decline => format!("declines_{holder}"),
        2 if plan.providers.cards_decline => format!("declines_capture_{holder}"),
        _ => format!("tok_{holder}"),
    };
    let funding = if fate == 3 { Funding::Prepaid } else { Funding::Credit };
    Some(linked(account(number), &token, funding))
}

fn linked(account: Account, token: &str, funding: Funding) -> LinkedAccount {
    let card = Card { token: token.into(), brand: "amex".into(), funding, last4: "1005".into() };
    let link = Link::new(&card, &format!("{}@example.com", account.author), "US-NY");
    LinkedAccount { account, link }
}

fn opens(dice: &mut Dice) -> Timestamp {
    Timestamp::from_ms(OPENS_MS + *dice.pick(&[-60_000, 0, 30_000, 300_000]))
}

fn secs(dice: &mut Dice, of: &[u32]) -> Millis {
    Millis::from_secs(*dice.pick(of))
}

/// A rule that holds in one sale of three.
fn perhaps<T>(dice: &mut Dice, rule: T) -> Option<T> {
    (dice.roll(3) == 0).then_some(rule)
}

fn rules(dice: &mut Dice) -> Rules {
    let seed = "5eed".repeat(16).parse().expect("64 digits");
    let (pace, take_back) = (secs(dice, &[60, 1800]), secs(dice, &[60, 900]));
    let window = secs(dice, &[60, 600]);
    Rules {
        partial: dice.roll(2) == 0,
        limit_per_card: perhaps(dice, 4),
        spend_cap: perhaps(dice, "30.00 USD".parse().expect("an amount")),
        pace: perhaps(dice, PostRate { posts: 3, per: pace }),
        account_age: perhaps(dice, Millis::from_secs(86_400)),
        take_back: perhaps(dice, take_back),
        draw: perhaps(dice, DrawRule { window, seed }),
    }
}

fn terms(dice: &mut Dice, name: &str) -> Terms {
    let confirm_within = secs(dice, &[0, 60, 300, 900, 900]);
    let later = |word: &str| (confirm_within != Millis::ZERO).then(|| format!("{word}{name}").into());
    let tags = Tags { buy: format!("Buy{name}").into(), confirm: later("Confirm"), cancel: later("Cancel") };
    let opens = opens(dice);
    // An opening that is drawn needs a line.
    let mut rules = rules(dice);
    let limit_per_account = 1 + dice.roll(3) as u32;
    // What one of those who share a card may have is all that they may have together.
    rules.limit_per_card = rules.limit_per_card.map(|_| limit_per_account);
    Terms {
        id: OfferId::parse(name).expect("a name"),
        campaign: (*dice.pick(&["launch", "winter", name])).into(),
        title: name.into(),
        tags,
        price: dice.pick(&["10.00 USD", "19.99 USD", "7.35 USD"]).parse().expect("a price"),
        tax: Tax::Flat("8.875%".parse().expect("a rate")),
        units: 1 + dice.roll(6) as u32,
        opens,
        closes: opens.plus(secs(dice, &[900, 3600, 4 * 3600])),
        confirm_within,
        late_grace: secs(dice, &[0, 30]),
        prompt_patience: secs(dice, &[30, 120, 300]),
        max_lateness: secs(dice, &[600, 3600]),
        limit_per_account,
        waitlist: rules.draw.is_some() || dice.roll(5) > 0,
        waitlist_max: *dice.pick(&[2, 5, 100]),
        brands: Vec::new(),
        fundings: Terms::FUNDINGS.as_slice().into(),
        networks: vec![Network::X, Network::Mastodon],
        terms_url: None,
        rules,
    }
}

fn credit_terms(dice: &mut Dice) -> CreditTerms {
    let (fixed, most) = ("5.00 USD".parse().expect("money"), "9.99 USD".parse().expect("money"));
    let share = Reward::Share { rate: "10%".parse().expect("a rate"), most };
    let opens = opens(dice);
    let closes = opens.plus(Millis::from_secs(4 * 3600));
    CreditTerms {
        id: OfferId::parse("small").expect("a name"),
        campaign: (*dice.pick(&["launch", "small"])).into(),
        title: "small".into(),
        enroll: "Loadsmall".into(),
        reward: *dice.pick(&[Reward::Fixed(fixed), share]),
        min_spend: "25.00 USD".parse().expect("an amount"),
        merchants: vec![MERCHANT.into()],
        uses_per_card: 1 + dice.roll(2) as u32,
        enrollments: *dice.pick(&[2, 100]),
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
