//! What the shop sells, and to whom.

use std::sync::Arc;

use flashtag::domain::id::{Account, Network, OfferId};
use flashtag::domain::link::{Funding, LinkedAccount};
use flashtag::domain::listing::ShopFront;
use flashtag::domain::offering::Offering;
use flashtag::domain::rules::Rules;
use flashtag::domain::terms::{Tags, Tax, Terms};
use flashtag::domain::time::{Millis, Timestamp};
use flashtag::words::Words;
use networks::crowd;

use crate::simulator::shop::{Shop, linked};
use crate::test_rng::TestRng;

/// The tags of the offer.
pub(super) const TAGS: [&str; 3] = ["BuyKettle", "ConfirmKettle", "CancelKettle"];

/// The hashtags as the crowd knows them.
pub(super) fn tags() -> crowd::Tags {
    let [buy, confirm, cancel] = TAGS.map(str::to_owned);
    crowd::Tags { buy, confirm, cancel }
}

/// A shop with one account, at one network, and one offer there, which opens at `opens`. `people` may buy, most of them.
pub(super) fn shop(
    dice: &mut TestRng,
    own: Account,
    handle: &str,
    people: &[Account],
    opens: Timestamp,
) -> Shop {
    let network = own.network;
    let links: Vec<LinkedAccount> = people
        .iter()
        .filter(|_| dice.below(8) > 0)
        .enumerate()
        .map(|(number, account)| linked(account.clone(), &format!("tok_{number}"), Funding::Credit))
        .collect();
    Shop {
        offers: vec![Offering::Purchase(Arc::new(terms(dice, network, opens)))],
        links,
        front: ShopFront { own: vec![own], handles: vec![handle.into()] },
        words: Some(Arc::new(Words::of_shop("The Shop"))),
    }
}

fn secs(dice: &mut TestRng, of: &[u32]) -> Millis {
    Millis::from_secs(*dice.pick(of))
}

fn terms(dice: &mut TestRng, network: Network, opens: Timestamp) -> Terms {
    let [buy, confirm, cancel] = TAGS;
    Terms {
        id: OfferId::parse("kettle").expect("a name"),
        campaign: "kettle".into(),
        title: "Kettle".into(),
        tags: Tags { buy: buy.into(), confirm: Some(confirm.into()), cancel: Some(cancel.into()) },
        price: "20.00 USD".parse().expect("a price"),
        tax: Tax::Flat("8.875%".parse().expect("a rate")),
        units: 1 + dice.below(6) as u32,
        opens,
        closes: opens.plus(Millis::from_secs(12 * 3_600 - 1)).into(),
        confirm_within: secs(dice, &[300, 600, 900]),
        late_grace: Millis::from_secs(30),
        prompt_patience: secs(dice, &[300, 1_800]),
        max_lateness: secs(dice, &[600, 3_600]),
        limit_per_account: 1 + dice.below(2) as u32,
        waitlist: dice.below(4) > 0,
        waitlist_max: 100,
        brands: Vec::new(),
        fundings: Terms::FUNDINGS.as_slice().into(),
        networks: vec![network],
        terms_url: None,
        rules: rules(dice),
    }
}

fn rules(dice: &mut TestRng) -> Rules {
    Rules {
        partial: false,
        limit_per_card: None,
        spend_cap: None,
        pace: None,
        account_age: None,
        take_back: None,
        draw: None,
        price_includes_tax: false,
        shipping: None,
        reminder: dice.below(2) == 0,
    }
}
