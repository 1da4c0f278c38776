//! The history as text shows a field only where it is known.

use flashtag::domain::effect::{Effect, ReplyRequest};
use flashtag::domain::event::{Event, Unfreezing};
use flashtag::domain::left::Left;
use flashtag::domain::outcome::Outcome;

use super::effects::{effects, reply_request};
use super::events::events;
use super::numbers::number;
use super::samples::{OFFER, account, at, claim, post};
use super::versions::{before_references, without_later_fields};

#[test]
fn the_history_shows_later_fields_only_if_they_are_known() {
    let shown = |event: Event| serde_json::to_string(&event).expect("it is exported");
    let event = Event::Entered { offer: OFFER, claim: claim().into() };
    let (today, before) = (shown(event.clone()), shown(without_later_fields(event)));
    assert!(
        today.ends_with(
            r#","has_address":true,"region":"US-NY","last4":"1005","handle":"ana","cid":"bafyreib2"}}}"#
        ),
        "{today}"
    );
    assert!(before.ends_with(r#","has_address":true}}}"#), "{before}");
    let unfrozen = Unfreezing { account: account(), at: Some(at()), undid: Some(post()) };
    let event = Event::AccountUnfrozen(unfrozen);
    let (today, before) = (shown(event.clone()), shown(without_later_fields(event)));
    assert!(today.ends_with(r#","undid":"1700000000000000001"}}"#), "{today}");
    assert!(before.ends_with(r#""author":"ana@a.example"}}}"#), "{before}");
}

#[test]
fn the_history_shows_how_few_units_are_left_only_where_that_is_told() {
    let shown = |left| {
        let request = ReplyRequest { left, ..reply_request(Outcome::Reserved, true) };
        serde_json::to_string(&request).expect("it is exported")
    };
    assert!(shown(Left::UnderTen).ends_with(r#","about":null,"left":"under_ten"}"#));
    assert!(shown(Left::Untold).ends_with(r#","about":null}"#));
}

#[test]
fn the_history_shows_providers_ids_only_where_they_are_known() {
    let text = |value: &dyn Fn() -> serde_json::Result<String>| value().expect("it is exported");
    let events = events();
    let fact = |wanted: usize| events.iter().find(|event| number(event) == wanted).expect("a sample").clone();
    for (number, shown) in [
        (12, r#""reference":"pay_1"}}"#),
        (
            19,
            r#""references":[{"key":{"partition":1,"sequence":1000,"index":2},"id":{"reply":"1700000000000000001"}}]}}"#,
        ),
    ] {
        let (now, then) = (fact(number), without_later_fields(fact(number)));
        let (now, then) = (text(&|| serde_json::to_string(&now)), text(&|| serde_json::to_string(&then)));
        assert!(now.ends_with(shown), "{now}");
        assert!(!then.contains("reference"), "{then}");
    }
    let undetailed = |effect: &Effect| effect.payment().is_some_and(|payment| payment.details.is_none());
    for effect in effects().into_iter().filter(undetailed) {
        let now = text(&|| serde_json::to_string(&effect));
        let then = text(&|| serde_json::to_string(&before_references(effect.clone())));
        assert!(effect.kind() == "authorize" || now.ends_with(r#","reference":"pay_1"}}"#), "{now}");
        assert!(!then.contains("reference"), "{then}");
    }
}
