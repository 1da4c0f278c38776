//! Amounts, rates, instants and lengths at the limits of their ranges.

use flashtag::domain::money::{Currency, Money, NotMoney, Rate};
use flashtag::domain::terms::{Tax, Terms};
use flashtag::domain::time::{Millis, Timestamp};

use super::world::terms;

fn money(text: &str) -> Money {
    text.parse().expect("an amount")
}

#[test]
fn an_invalid_amount_is_refused() {
    let table = [
        ("", NotMoney::Form),
        ("149.99", NotMoney::Form),
        (" 149.99 USD", NotMoney::Currency),
        ("149.99  USD", NotMoney::Currency),
        ("149.99 USD ", NotMoney::Currency),
        ("149.99 US", NotMoney::Currency),
        ("149.99 XAU", NotMoney::Currency),
        ("149.99 XXX", NotMoney::Currency),
        ("+149.99 USD", NotMoney::Form),
        ("--1 USD", NotMoney::Form),
        ("1,499.99 USD", NotMoney::Form),
        ("149,99 USD", NotMoney::Form),
        ("1.4.9 USD", NotMoney::Form),
        ("１４９ USD", NotMoney::Form),
        ("$149 USD", NotMoney::Form),
        ("NaN USD", NotMoney::Form),
        ("1.0 JPY", NotMoney::Digits),
        ("0.001 USD", NotMoney::Digits),
        ("92233720368547758.08 USD", NotMoney::TooLarge),
    ];
    for (text, fault) in table {
        assert_eq!(text.parse::<Money>(), Err(fault), "{text:?}");
    }
    assert_eq!(money("92233720368547758.07 USD").minor, i64::MAX);
}

#[test]
fn every_form_of_an_amount_reads_back() {
    for text in
        ["0.00 USD", "0.01 USD", "-0.01 USD", "149.99 USD", "7 JPY", "0.005 KWD", "92233720368547758.07 EUR"]
    {
        let amount = money(text);
        assert_eq!(amount.to_string(), text);
        assert_eq!(serde_json::to_value(amount).expect("written"), text);
        assert_eq!(serde_json::from_value::<Money>(text.into()).expect("read"), amount);
        let bytes = postcard::to_stdvec(&amount).expect("written");
        assert_eq!(postcard::from_bytes::<Money>(&bytes).expect("read"), amount);
    }
}

#[test]
fn amounts_neither_overflow_nor_mix_currencies() {
    let most = money("92233720368547758.07 USD");
    assert_eq!(most.checked_add(money("0.01 USD")), None);
    assert_eq!(most.checked_mul(2), None);
    assert_eq!(most.checked_mul(1), Some(most));
    assert_eq!(most.checked_mul(0), Some(money("0.00 USD")));
    assert_eq!(money("1.00 USD").checked_add(money("1.00 EUR")), None);
    assert_eq!(most.share_half_up(Rate::WHOLE), Some(most));
    assert_eq!(most.share_half_up(Rate { ppm: 2_000_000 }), None);
    assert_eq!(Money::zero(Currency::parse("USD").expect("known")), money("0.00 USD"));
}

#[test]
fn a_total_is_the_price_and_its_tax_rounded_once() {
    let by_region = Tax::ByRegion([("US-NY".into(), "8.875%".parse().expect("a rate"))].into());
    let and_others = Tax::ByRegion(
        [("US-NY".into(), "8.875%".parse().expect("a rate")), ("*".into(), "5%".parse().expect("a rate"))]
            .into(),
    );
    let flat = |rate: &str| Tax::Flat(rate.parse().expect("a rate"));
    let table = [
        ("149.99 USD", flat("8.875%"), 1, "US-CA", "163.30 USD"), // 13.311625
        ("149.99 USD", flat("8.875%"), 2, "US-CA", "326.60 USD"), // 26.62325, not twice 13.31
        ("0.05 USD", flat("10%"), 1, "", "0.06 USD"),             // exactly a half
        ("0.05 USD", flat("10%"), 3, "", "0.17 USD"),             // 0.015 of 0.15
        ("0.04 USD", flat("10%"), 1, "", "0.04 USD"),
        ("149.99 USD", by_region.clone(), 1, "US-NY", "163.30 USD"),
        ("149.99 USD", by_region, 1, "US-CA", "149.99 USD"),
        ("100.00 USD", and_others.clone(), 1, "US-CA", "105.00 USD"),
        ("100.00 USD", and_others, 1, "US-NY", "108.88 USD"),
        ("1500 JPY", flat("10%"), 1, "JP", "1650 JPY"),
    ];
    for (price, tax, units, region, total) in table {
        let terms = Terms { price: money(price), tax, ..terms("kindle") };
        assert_eq!(terms.total(units, region), Some(money(total)), "{units} x {price} in {region:?}");
    }
    let dear = Terms { price: money("92233720368547758.07 USD"), tax: flat("0.0001%"), ..terms("kindle") };
    assert_eq!(dear.total(1, ""), None);
}

#[test]
fn an_invalid_rate_is_refused() {
    for text in [
        "",
        "%",
        "8.875",
        "8,875%",
        "-1%",
        "+1%",
        "100.0001%",
        "101%",
        "1000%",
        "1.%",
        ".5%",
        "1.23456%",
        "８%",
        "1 %",
    ] {
        assert!(text.parse::<Rate>().is_err(), "{text:?}");
    }
    for (text, ppm) in [("0%", 0), ("0.0001%", 1), ("8.875%", 88_750), ("100%", 1_000_000), ("007%", 70_000)]
    {
        assert_eq!(text.parse::<Rate>().map(|rate| rate.ppm), Ok(ppm), "{text:?}");
    }
}

#[test]
fn instants_stay_within_representable_years() {
    assert_eq!(Timestamp::from_ms(-1), Timestamp::MIN);
    assert_eq!(Timestamp::from_ms(i64::MAX), Timestamp::MAX);
    assert_eq!(Timestamp::MAX.plus(Millis::MAX), Timestamp::MAX);
    assert_eq!(Timestamp::MIN.since(Timestamp::MAX), Millis::ZERO);
    assert_eq!(Timestamp::MAX.since(Timestamp::MIN).ms(), Timestamp::MAX.ms());
    for at in [Timestamp::MIN, Timestamp::MAX] {
        assert_eq!(at.to_string().parse(), Ok(at));
    }
    for text in [
        "",
        "now",
        "1360774800",
        "2013-02-13",
        "2013-02-13T17:00:00",
        "2013-13-01T00:00:00Z",
        "2013-02-30T00:00:00Z",
        "2013-02-13T25:00:00Z",
        "1969-12-31T23:59:59.999Z",
        "9999-12-31T23:59:59Z",
    ] {
        assert!(text.parse::<Timestamp>().is_err(), "{text:?}");
    }
    let same = ["2013-02-13T17:00:00Z", "2013-02-13T12:00:00-05:00", "2013-02-13T17:00:00.000999Z"];
    for text in same {
        assert_eq!(text.parse(), Ok(Timestamp::from_ms(1_360_774_800_000)), "{text:?}");
    }
}

#[test]
fn lengths_are_never_negative_and_have_a_unit() {
    assert_eq!(Millis::from_ms(-5), Millis::ZERO);
    for text in ["", "15", "0", "-1s", "1.5.5s", "15 apples", "1001d", "24001h"] {
        assert!(text.parse::<Millis>().is_err(), "{text:?}");
    }
    for (text, ms) in
        [("0s", 0), ("1ms", 1), ("90s", 90_000), ("1h 30m", 5_400_000), ("24000h", Millis::MAX.ms())]
    {
        let length: Millis = text.parse().expect("a length");
        assert_eq!(length.ms(), ms, "{text:?}");
        assert_eq!(length.to_string().parse(), Ok(length), "{text:?} reads back");
        assert_eq!(length.std().as_millis(), u128::from(ms.unsigned_abs()));
    }
}
