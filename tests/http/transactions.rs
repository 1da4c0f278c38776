//! Card transactions over HTTP: one answer per line, each transaction counts once, and a request is applied
//! whole or not at all.

use flashtag::clock::Clock;
use flashtag::domain::credit::PARKED_PER_CARD_MAX;
use flashtag::domain::time::Timestamp;
use serde_json::{Value, json};

use super::client::Reply;
use super::served::{Served, post_at};
use crate::command::{credits_on_sale, verdict};
use crate::crash::assert_verified;

/// Lines, and the answers at first and when all are sent again. A line has an id, a card, a merchant, an
/// amount, its age in seconds, and the purchase if it is a refund.
const FEED: [(&str, &str, &str); 15] = [
    ("t-1 tok_1 m-1 30.00 USD 30", "cafe credited 5.00 USD (1 left)", "the same"),
    ("t-2 tok_1 m-1 3.00 USD 29", "cafe below_minimum (1 left)", "the same"),
    ("t-3 tok_1 m-1 30.00 EUR 28", "cafe wrong_currency (1 left)", "the same"),
    ("t-4 tok_1 m-1 30.00 USD 90", "cafe not_enrolled (1 left)", "the same"),
    ("t-5 tok_9 m-1 30.00 USD 27", "cafe not_enrolled", "the same"),
    ("t-6 tok_nobody m-1 30.00 USD 27", "- not_relevant", "- not_relevant"),
    ("t-7 tok_1 m-9 30.00 USD 27", "- not_relevant", "- not_relevant"),
    ("t-8 tok_1 m-1 30.00 USD -3600", "cafe future", "cafe future"),
    ("t-1 tok_1 m-1 30.00 USD 30", "cafe credited 5.00 USD (1 left) again", "the same"),
    ("r-1 tok_1 m-1 40.00 USD 20 t-1", "cafe credit_reversed 5.00 USD", "the same"),
    ("r-2 tok_1 m-1 1.00 USD 19 t-1", "cafe credit_reversed 0.00 USD", "the same"),
    ("r-3 tok_1 m-1 10.00 USD 18 t-9", "cafe nothing_to_confirm", "cafe credit_reversed 1.66 USD again"),
    ("t-9 tok_1 m-2 30.00 USD 17", "cafe credited 5.00 USD (0 left)", "the same"),
    ("r-4 tok_1 m-1 10.00 USD 16 t-3", "cafe wrong_currency (0 left)", "the same"),
    ("t-10 tok_1 m-1 30.00 USD 15", "cafe limit_reached (0 left)", "the same"),
];

/// A server with credit offers; the card of author 1 was enrolled in one of them a minute ago.
pub(super) fn enrolled(now: Timestamp) -> Served {
    let served = Served::selling(&credits_on_sale());
    let answer = served.post(post_at(ago(now, 60), "1", 1, "#AmexCafe"));
    assert_eq!(answer.lines()[0]["outcome"], "enrolled", "{answer:?}");
    served
}

fn ago(now: Timestamp, seconds: i64) -> Timestamp {
    Timestamp::from_ms(now.ms() - seconds * 1000)
}

/// A line of the feed.
pub(super) fn transaction(now: Timestamp, line: &str) -> String {
    let parts: Vec<&str> = line.split(' ').collect();
    let [id, card, merchant, amount, currency, seconds, of @ ..] = &parts[..] else { panic!("{line}") };
    let mut transaction = json!({"id": id, "card": card, "merchant": merchant,
        "amount": format!("{amount} {currency}"), "at": ago(now, seconds.parse().unwrap()).to_string()});
    if let [of] = of {
        transaction["kind"] = json!("refund");
        transaction["refund_of"] = json!(of);
    }
    transaction.to_string()
}

/// Sends the whole feed, and checks each answer against its line.
fn send_feed(served: &Served, now: Timestamp) -> Vec<Value> {
    let body: Vec<_> = FEED.iter().map(|(line, ..)| transaction(now, line)).collect();
    let reply = served.feed(body.join("\n"));
    assert_eq!((reply.status, reply.header("content-type")), (200, Some("application/x-ndjson")));
    let answers = reply.lines();
    assert_eq!(answers.len(), FEED.len(), "{reply:?}");
    for (answer, (line, ..)) in answers.iter().zip(FEED) {
        assert_eq!(answer["transaction"].as_str(), line.split(' ').next(), "{answer}");
        let concerned = answer["outcome"] != "not_relevant";
        // A linked card that is not enrolled may still be, by a post that is late.
        let account = if line.contains(" tok_9 ") { "x:9" } else { "x:1" };
        assert_eq!(answer["account"].as_str(), concerned.then_some(account), "{answer}");
    }
    answers
}

#[test]
fn a_transaction_counts_once_even_across_a_crash() {
    let now = Clock::start().now();
    let mut served = enrolled(now);
    let first = send_feed(&served, now);
    for (answer, (line, expected, _)) in first.iter().zip(FEED) {
        assert_eq!(verdict(answer), expected, "{line}: {answer}");
    }
    let before = served.get("/v1/offers/cafe").json();
    let money = ["credits", "credited", "reversed"].map(|field| before[field].clone());
    assert_eq!(money, [json!(2), json!("10.00 USD"), json!("6.66 USD")]);
    for way in ["again", "after kill -9", "after kill -9, again"] {
        if way == "after kill -9" {
            served.restart();
        }
        for ((answer, first), (line, expected, later)) in send_feed(&served, now).iter().zip(&first).zip(FEED)
        {
            let repeated = format!("{} again", expected.trim_end_matches(" again"));
            let expected = if later == "the same" { &repeated } else { later };
            assert_eq!(verdict(answer), expected, "{way}: {line}: {answer}");
            if later == "the same" {
                assert_eq!(answer["at"], first["at"], "{way}: {line}: {answer}");
            }
        }
        let after = served.get("/v1/offers/cafe").json();
        assert_eq!(money, ["credits", "credited", "reversed"].map(|field| after[field].clone()), "{way}");
    }
    let is_done = |metrics: &Reply| metrics.body.lines().any(|line| line == "flashtag_outbox_pending 0");
    crate::crash::poll(|| served.get("/metrics"), is_done);
    assert_eq!(served.stop(), Some(0), "a clean end");
    assert_verified(&served.data(), true);
}

#[test]
fn a_refund_that_cannot_be_parked_is_overloaded() {
    let now = Clock::start().now();
    let served = enrolled(now);
    let refund = |number: usize| transaction(now, &format!("r-{number} tok_1 m-1 1.00 USD 20 t-unknown"));
    for few in (1..=PARKED_PER_CARD_MAX).collect::<Vec<_>>().chunks(16) {
        let body: Vec<_> = few.iter().map(|&number| refund(number)).collect();
        assert!(
            served.feed(body.join("\n")).lines().iter().all(|line| line["outcome"] == "nothing_to_confirm")
        );
    }
    let beside = format!("{}\n{}", refund(0), transaction(now, "t-1 tok_1 m-1 30.00 USD 30"));
    let verdicts: Vec<_> = served.feed(beside).lines().iter().map(verdict).collect();
    assert_eq!(verdicts, ["cafe overloaded", "cafe credited 5.00 USD (1 left)"]);
    served.feed(refund(0)).assert_problem(503, "overloaded");
}
