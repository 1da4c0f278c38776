//! Signatures of Stripe's webhooks. The signatures of the table were made by another program.

use flashtag::domain::time::Timestamp;
use flashtag::outbox::provider::stripe::{Forged, TOLERANCE, WebhookSecrets};

const BODY: &str = r#"{"id":"evt_1","type":"charge.dispute.created"}"#;
const AT: i64 = 1_796_050_870;
const FIRST: &str = "18a9637724b3aa0992a74e82501aa6fc8d8a9ca225a1a6e35ffff3781f12cbd3";
const SECOND: &str = "2f1534e86cde68d402fb0d044aa48d3b336c37f021df88dcbdc3e5f103519edf";
const ZEROS: &str = "0000000000000000000000000000000000000000000000000000000000000000";

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_ms(seconds * 1000)
}

#[test]
fn a_webhook_is_believed_if_a_secret_of_the_endpoint_signed_it_just_now() {
    let secrets = WebhookSecrets::parse("whsec_first0001\n").unwrap();
    let table: [(&str, String, i64, Result<(), Forged>); 17] = [
        ("as it came", format!("t={AT},v1={FIRST}"), AT, Ok(())),
        ("with a blank", format!("t={AT}, v1={FIRST}"), AT, Ok(())),
        ("in capital digits", format!("t={AT},v1={}", FIRST.to_uppercase()), AT, Ok(())),
        ("another scheme beside", format!("t={AT},v1={FIRST},v0=ignored"), AT, Ok(())),
        ("one of several fits", format!("t={AT},v1={ZEROS},v1={FIRST}"), AT, Ok(())),
        ("none of several fits", format!("t={AT},v1={ZEROS},v1={SECOND}"), AT, Err(Forged::Unknown)),
        ("another time", format!("t={},v1={FIRST}", AT + 1), AT, Err(Forged::Unknown)),
        ("at the end of its time", format!("t={AT},v1={FIRST}"), AT + 300, Ok(())),
        ("too old", format!("t={AT},v1={FIRST}"), AT + 301, Err(Forged::Untimely)),
        ("a clock behind", format!("t={AT},v1={FIRST}"), AT - 300, Ok(())),
        ("too far ahead", format!("t={AT},v1={FIRST}"), AT - 301, Err(Forged::Untimely)),
        ("empty", String::new(), AT, Err(Forged::Unsigned)),
        ("no time", format!("v1={FIRST}"), AT, Err(Forged::Unsigned)),
        ("two times", format!("t={AT},t={},v1={FIRST}", AT + 1), AT, Err(Forged::Unsigned)),
        ("no signature", format!("t={AT}"), AT, Err(Forged::Unsigned)),
        ("the old scheme alone", format!("t={AT},v0={FIRST}"), AT, Err(Forged::Unsigned)),
        ("without end", format!("t={AT},v1={FIRST}{}", ",v0=x".repeat(2000)), AT, Err(Forged::Unsigned)),
    ];
    for (case, header, now, expected) in table {
        assert_eq!(secrets.check(&header, BODY.as_bytes(), at(now)), expected, "{case}");
    }
    let header = format!("t={AT},v1={FIRST}");
    let changed = BODY.replace("created", "closed");
    assert_eq!(secrets.check(&header, changed.as_bytes(), at(AT)), Err(Forged::Unknown));
    assert_eq!(secrets.check(&header, format!("{BODY} ").as_bytes(), at(AT)), Err(Forged::Unknown));
    assert_eq!(TOLERANCE.to_string(), "5m");
}

#[test]
fn while_a_secret_takes_anothers_place_both_are_good() {
    let secrets = WebhookSecrets::parse("whsec_first0001\n\n whsec_second0002 \n").unwrap();
    for signature in [FIRST, SECOND] {
        assert_eq!(secrets.check(&format!("t={AT},v1={signature}"), BODY.as_bytes(), at(AT)), Ok(()));
    }
    assert!(!format!("{secrets:?}").contains("first"), "secrets are not shown");
    for text in ["", "\n", "first0001", "whsec_", "whsec_a b", "rk_test_1", &"whsec_1\n".repeat(9)] {
        assert!(WebhookSecrets::parse(text).is_err(), "{text:?}");
    }
}
