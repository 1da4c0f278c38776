//! The values of which samples of events and effects are made.

use std::collections::BTreeMap;

use flashtag::domain::cid::Cid;
use flashtag::domain::credit::{CreditTerms, Reward};
use flashtag::domain::event::Claim;
use flashtag::domain::id::{Account, EffectKey, Network, OfferNo, PostId, ReservationId};
use flashtag::domain::link::{Funding, Last4, Region};
use flashtag::domain::order_details::OrderDetails;
use flashtag::domain::provider_ref::PaymentRef;
use flashtag::domain::terms::{Tags, Tax, Terms};
use flashtag::domain::time::{Millis, Timestamp};
use flashtag::domain::transaction::{Transaction, TransactionId, TransactionKind};

pub(super) const OFFER: OfferNo = OfferNo(3);
pub(super) const ID: ReservationId = ReservationId { offer: OFFER, ordinal: 300 };
pub(super) const KEY: EffectKey = EffectKey { partition: 1, sequence: 1000, index: 2 };

pub(super) fn account() -> Account {
    Account::parse(Network::Mastodon, "ana@a.example").expect("an account")
}

pub(super) fn post() -> PostId {
    PostId::parse(Network::X, "1700000000000000001").expect("a post")
}

pub(super) fn at() -> Timestamp {
    Timestamp::from_ms(1_360_774_800_123)
}

pub(super) fn claim() -> Claim {
    Claim {
        post: post(),
        posted_at: at(),
        account: account(),
        units: 2,
        amount: "326.60 USD".parse().expect("an amount"),
        rate: "8.875%".parse().unwrap(),
        card: "tok_1".into(),
        email: "a@b.example".into(),
        region: Region::new("US-NY"),
        last4: Last4::new("1005"),
        handle: Some("ana".into()),
        cid: Some(cid()),
    }
}

pub(super) fn cid() -> Box<Cid> {
    Box::new(Cid::parse("bafyreib2").expect("a hash"))
}

pub(super) fn terms() -> Terms {
    Terms {
        id: flashtag::domain::id::OfferId::parse("kindle").expect("a name"),
        campaign: "launch".into(),
        title: "Kindle".into(),
        tags: Tags { buy: "Buy".into(), confirm: Some("Ok".into()), cancel: None },
        price: "1500 JPY".parse().expect("a price"),
        tax: Tax::ByRegion(BTreeMap::from([("*".into(), "8.875%".parse().expect("a rate"))])),
        units: 1000,
        opens: Timestamp::from_ms(1_000),
        closes: Timestamp::from_ms(2_000).into(),
        confirm_within: Millis::from_secs(900),
        late_grace: Millis::from_secs(30),
        prompt_patience: Millis::from_secs(60),
        max_lateness: Millis::from_secs(3600),
        limit_per_account: 1,
        waitlist: true,
        waitlist_max: 50,
        brands: vec!["amex".into()],
        fundings: vec![
            Funding::Credit,
            Funding::Debit,
            Funding::Charge,
            Funding::Prepaid,
            Funding::Corporate,
        ]
        .into(),
        networks: Network::ALL.to_vec(),
        terms_url: Some("https://t.example".into()),
        rules: flashtag::domain::rules::Rules::default(),
    }
}

pub(super) fn credit_terms(reward: Reward) -> CreditTerms {
    CreditTerms {
        id: flashtag::domain::id::OfferId::parse("small").expect("a name"),
        campaign: "launch".into(),
        title: "Small".into(),
        enroll: "Load".into(),
        reward,
        min_spend: "25.00 USD".parse().expect("an amount"),
        merchants: vec!["m-100".into(), "m-101".into()],
        uses_per_card: 3,
        enrollments: 5000,
        opens: Timestamp::from_ms(1_000),
        closes: Timestamp::from_ms(2_000).into(),
        valid_until: Timestamp::from_ms(3_000).into(),
        late_grace: Millis::from_secs(30),
        max_lateness: Millis::from_secs(3600),
        brands: vec!["amex".into()],
        fundings: vec![Funding::Charge].into(),
        networks: vec![Network::X],
        terms_url: None,
    }
}

pub(super) fn transaction(kind: TransactionKind) -> Transaction {
    Transaction {
        id: transaction_id("t-9"),
        card: "tok_1".into(),
        merchant: "m-100".into(),
        amount: "31.20 USD".parse().expect("an amount"),
        at: at(),
        kind,
    }
}

pub(super) fn transaction_id(text: &str) -> TransactionId {
    TransactionId::parse(text).expect("an id")
}

pub(super) fn order_details() -> OrderDetails {
    OrderDetails {
        units: 2,
        unit_price: "149.99 USD".parse().expect("an amount"),
        shipping: "4.99 USD".parse().ok(),
        tax: "26.62 USD".parse().expect("an amount"),
        tax_rate: "8.875%".parse().expect("a rate"),
        total: claim().amount,
        region: Region::new("US-NY"),
        last4: Last4::new("1005"),
        handle: Some("ana".into()),
        ship_to: "tok_1".into(),
    }
}

pub(super) fn payment_ref() -> PaymentRef {
    PaymentRef::parse("pay_1").expect("an id")
}
