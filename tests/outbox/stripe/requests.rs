//! What requests of payments say, and to whom.

use flashtag::domain::effect::{Effect, Payment};
use flashtag::domain::id::EffectKey;
use flashtag::domain::time::Millis;
use flashtag::outbox::provider::network::{Exchanges, Turn};
use flashtag::outbox::provider::stripe::{Api, CardToken, Paying, RESEND_SAFETY};
use flashtag::outbox::resend_safety::LookUp;

use super::super::{at, terms};
use super::{KEY, KEY_ENCODED, delivery, order, told};

/// Stripe refuses a key with another body, so nothing of today goes into it.
#[test]
fn a_repeated_request_has_the_same_bytes() {
    let api = Api::new("https://stripe.example");
    let effects = [
        Effect::Authorize(order(None)),
        Effect::Capture(order(Some("pi_1"))),
        Effect::Void(order(Some("pi_1"))),
        Effect::Refund(order(Some("pi_1"))),
    ];
    for effect in effects {
        let first = delivery(effect.clone());
        let mut later = delivery(effect);
        later.attempt.number = 7;
        later.at = at(80_000_000);
        let mut changed = terms();
        (changed.title, changed.price) = ("Another title".into(), "1.00 USD".parse().unwrap());
        later.offering = changed.into();
        let asked = [&first, &later].map(|delivery| Paying::new(&api, delivery).next());
        assert_eq!(asked[0], asked[1]);
        let Turn::Ask(request) = &asked[0] else { panic!("it asks") };
        assert_eq!(request.header_value("idempotency-key"), Some(KEY));
    }
}

#[test]
fn a_payment_says_whose_order_it_is_and_shows_nothing_of_the_card_in_its_key() {
    let api = Api::new("https://stripe.example");
    let Turn::Ask(request) = Paying::new(&api, &delivery(Effect::Authorize(order(None)))).next() else {
        panic!("it asks")
    };
    let body = String::from_utf8(request.body).unwrap();
    let metadata = format!(
        "&metadata%5Bkey%5D={KEY_ENCODED}&metadata%5Breservation%5D=kindle-fire-hd.17\
         &metadata%5Binstance%5D=07070707-0707-0707-0707-070707070707"
    );
    assert!(body.ends_with(&metadata), "{body}");
}

#[test]
fn what_is_not_stripes_is_asked_of_nobody() {
    let bare = |effect| {
        let mut delivery = delivery(effect);
        delivery.attempt.key = EffectKey { partition: 0, sequence: 12, index: 0 }.into();
        delivery
    };
    let sandbox = Payment { card: "tok_1".into(), ..order(None) };
    let table = [
        (bare(Effect::Authorize(order(None))), "before the data directory had an identity"),
        (delivery(Effect::Authorize(sandbox)), "the card was not linked at Stripe"),
        (delivery(Effect::Capture(order(Some("17")))), "the payment is not Stripe's: 17"),
        (delivery(Effect::Capture(order(Some("pi_1/../x")))), "the payment is not Stripe's"),
        (delivery(super::super::email()), "another provider's effect"),
    ];
    for (delivery, words) in table {
        let told = told(&delivery, Vec::new());
        assert!(told.starts_with("given up: ") && told.contains(words), "{told}");
    }
    for token in
        ["cus_Ana", "cus_/pm_1", "cus_A/pm_", "pm_1/cus_A", "cus_A/pm_1/x", "cus_A?x/pm_1", "cus_A/pm_1&x"]
    {
        assert_eq!(CardToken::parse(token), None, "{token}");
    }
    let with_fingerprint = CardToken::parse("cus_A/pm_1#fp9").unwrap();
    assert_eq!((with_fingerprint.customer, with_fingerprint.payment_method), ("cus_A", "pm_1"));
    assert_eq!(CardToken::parse("cus_A/pm_1").map(|token| token.to_string()).as_deref(), Some("cus_A/pm_1"));
}

#[test]
fn a_key_is_forgotten_an_hour_early_and_an_absent_payment_proves_nothing() {
    assert_eq!(RESEND_SAFETY.key_remembered, Millis::from_secs(23 * 3600));
    assert_eq!(RESEND_SAFETY.look_up, LookUp::Inconclusive);
}
