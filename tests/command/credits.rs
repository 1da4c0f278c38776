//! Statement credits as text: `credits/*.txt`. Stories are written like those of sales, with two offers on sale
//! from 12:00 to 18:00, *cafe* (5.00 USD on 20.00 USD or more, at m-1 and m-2, two uses, two cards) and
//! *books* (a tenth and at most 7.50 USD, on 10.00 USD or more, at m-2 and m-3, three uses), whose purchases
//! count to 20:00. Besides posts and accounts a story has
//!
//! ```text
//! cafe uses_per_card = 1                                        a line that replaces that of its key
//! 12:05 ana pays 30.00 USD at m-1 as t-1 [made 12:04]           a purchase as the feed delivers it
//! 12:06 ana refunded 10.00 USD of t-1 as r-1                    a refund
//! > 12:05 ana t-1 cafe credited 5.00 USD (1 left) [again]       a line of `outcomes.ndjson`
//! cafe: 1 enrolled, 1 credits, 5.00 USD credited, 1.66 USD reversed
//! kinds reply 1 email 2                                         what left
//! mail ana 1 use of Cafe left                                   words of one letter; `reply` likewise
//! ```

use std::fmt::Write as _;

use flashtag::clock::Clock;
use flashtag::domain::time::Timestamp;
use serde_json::{Value, json};

use super::sales::{
    OddCard, accounts, assert_effects_are_complete, assert_summary_matches, clock, instant, kinds, name,
    odd_card, offers_of, post, stories, words,
};
use super::{OFFERS, Ran, Sale, flashtag_fed, must_have_fields, text};

/// The two offers.
const CREDITS: &str = r#"
[[offer]]
id = "cafe"
kind = "credit"
tags = { enroll = "AmexCafe" }
credit = "5.00 USD"
min_spend = "20.00 USD"
merchants = ["m-1", "m-2"]
uses_per_card = 2
enrollments = 2
opens = "2013-02-13T12:00:00Z"
closes = "2013-02-13T18:00:00Z"
valid_until = "2013-02-13T20:00:00Z"

[[offer]]
id = "books"
kind = "credit"
tags = { enroll = "AmexBooks" }
credit = "10%"
credit_max = "7.50 USD"
min_spend = "10.00 USD"
merchants = ["m-2", "m-3"]
uses_per_card = 3
enrollments = 100
opens = "2013-02-13T12:00:00Z"
closes = "2013-02-13T18:00:00Z"
valid_until = "2013-02-13T20:00:00Z"
"#;

/// One story of a file.
#[derive(Default)]
struct Story<'t> {
    title: &'t str,
    offers: String,
    cards: Vec<OddCard<'t>>,
    posts: String,
    feed: String,
    outcomes: Vec<String>,
    facts: Vec<&'t str>,
}

fn offers() -> String {
    with_shop(CREDITS)
}

fn with_shop(offers: &str) -> String {
    let shop = OFFERS.split("[[offer]]").next().unwrap_or_default();
    format!("{shop}{offers}")
}

/// The two offers for a live engine, on sale now.
pub(crate) fn credits_on_sale() -> String {
    let open = CREDITS.replace("closes = \"2013", "closes = \"2093");
    open.replace("valid_until = \"2013", "valid_until = \"2093")
}

impl<'t> Story<'t> {
    fn read(paragraph: &'t str) -> Self {
        let mut story = Self { offers: offers(), ..Self::default() };
        for line in paragraph.lines().map(str::trim).filter(|line| !line.is_empty()) {
            let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
            match (word, rest.split(' ').nth(1)) {
                ("#", _) => story.title = rest,
                ("account", _) => story.cards.push(odd_card(rest)),
                (">", _) => story.outcomes.push(words(rest)),
                ("cafe" | "books", _) => story.set(word, rest),
                ("cafe:" | "books:" | "kinds" | "mail" | "reply", _) => story.facts.push(line),
                (_, Some("pays" | "refunded")) => story.feed.push_str(&transaction(line)),
                _ => story.posts.push_str(&post(line)),
            }
        }
        story
    }

    fn set(&mut self, offer: &str, line: &str) {
        let key = line.split_once(" =").expect("offer key = value").0;
        let (before, section) = self.offers.split_once(&format!("id = \"{offer}\"\n")).expect("two offers");
        let old = section.lines().find(|old| old.starts_with(&format!("{key} ="))).expect("the key is there");
        self.offers = format!("{before}id = \"{offer}\"\n{}", section.replacen(old, line, 1));
    }

    fn sell(&self) -> Sale {
        let sale = Sale::new(&self.offers, accounts(&self.cards), &self.posts);
        sale.write("feed.ndjson", &self.feed);
        fed(&sale).must(0, &[]);
        sale.verify(&["--strict"]).must(0, &["0 violated"]);
        sale
    }

    fn play(&self) -> Result<(), String> {
        let sale = self.sell();
        let found: Vec<String> = sale.lines("out/outcomes.ndjson").iter().map(outcome).collect();
        let mut faults = String::new();
        if found != self.outcomes {
            let found: String = found.iter().map(|line| format!("> {line}\n")).collect();
            write!(faults, "the outcomes are\n{found}").expect("texts can be written");
        }
        assert_effects_are_complete(&sale);
        let summary: Value = serde_json::from_str(&sale.read("out/summary.json")).expect("JSON");
        assert_summary_matches(&sale, &summary);
        assert_credits_match_the_ledger(&sale, &summary);
        for fact in &self.facts {
            if let Some(found) = contradiction(fact, &sale, &summary) {
                writeln!(faults, "{fact}\ndoes not hold: {found}").expect("texts can be written");
            }
        }
        if faults.is_empty() { Ok(()) } else { Err(format!("# {}\n{faults}", self.title)) }
    }
}

/// `sell` with the feed of the story.
fn fed(sale: &Sale) -> Ran {
    sale.sell_with(&["--transactions", &sale.path("feed.ndjson").display().to_string()])
}

/// The line of the feed that a line of a story describes.
fn transaction(line: &str) -> String {
    let parts: Vec<&str> = line.split_whitespace().collect();
    let [clock, name, verb, amount, currency, more @ ..] = &parts[..] else {
        panic!("no transaction: {line}")
    };
    let of = |key: &str| more.chunks(2).find(|pair| pair[0] == key).map(|pair| pair[1]);
    let mut transaction = json!({"id": of("as"), "card": format!("tok_{name}"),
        "merchant": of("at").unwrap_or("m-1"), "amount": format!("{amount} {currency}"),
        "at": instant(of("made").unwrap_or(clock)), "arrived_at": instant(clock)});
    if *verb == "refunded" {
        transaction["kind"] = json!("refund");
        transaction["refund_of"] = json!(of("of"));
    }
    format!("{transaction}\n")
}

/// A line of `outcomes.ndjson` as the stories write it.
fn outcome(line: &Value) -> String {
    let subject = line["post"].as_str().unwrap_or_else(|| text(line, "transaction"));
    let (at, who) = (clock(text(line, "at")), name(text(line, "account")));
    format!("{at} {who} {subject} {}", verdict(line))
}

/// The outcome of a post or a transaction of a credit offer.
pub(crate) fn verdict(line: &Value) -> String {
    let mut known = vec!["post", "account", "offer", "outcome", "reservation", "units", "place", "at"];
    let more = ["duplicate", "transaction", "credit", "uses_left", "parked_until"];
    known.extend(more.into_iter().filter(|more| line.get(more).is_some()));
    must_have_fields(line, &known);
    // A line has a post or a transaction, and never an offer for sale.
    assert_ne!(line["post"].is_null(), line.get("transaction").is_none(), "{line}");
    assert_eq!(
        [&line["reservation"], &line["place"], &line["units"]],
        [&Value::Null, &Value::Null, &json!(0)]
    );
    let offer = line["offer"].as_str().unwrap_or("-");
    let credit = line.get("credit").map_or_else(String::new, |_| format!(" {}", text(line, "credit")));
    let left = line.get("uses_left").map_or_else(String::new, |left| format!(" ({left} left)"));
    let again = if line.get("duplicate").is_some() { " again" } else { "" };
    format!("{offer} {}{credit}{left}{again}", text(line, "outcome"))
}

/// The actual value where a fact does not hold.
fn contradiction(fact: &str, sale: &Sale, summary: &Value) -> Option<String> {
    let (kind, expected) = fact.split_once(' ')?;
    let found = match kind {
        "kinds" => kinds(sale),
        "mail" | "reply" => {
            let kind = if kind == "mail" { "email" } else { kind };
            return missing_text(sale, kind, expected);
        }
        offer => {
            let mut offers = offers_of(summary).filter(|found| found["id"] == offer.trim_end_matches(':'));
            let Some(offer) = offers.next() else { return Some("it is not summed up".to_owned()) };
            let money = |field| text(offer, field);
            let (sold, credits) = (&offer["sold"], &offer["credits"]);
            let (credited, reversed) = (money("credited"), money("reversed"));
            format!("{sold} enrolled, {credits} credits, {credited} credited, {reversed} reversed")
        }
    };
    (found != words(expected)).then_some(found)
}

/// The texts of an account's letters or replies, unless one of them contains the expected words.
fn missing_text(sale: &Sale, kind: &str, expected: &str) -> Option<String> {
    let (who, expected) = expected.split_once(' ').expect("an account and a text");
    let lines = sale.lines("out/effects.ndjson");
    let to_them = lines.iter().filter(|line| line["kind"] == kind && name(text(line, "account")) == who);
    let texts: Vec<String> = to_them.map(|line| words(text(line, "text"))).collect();
    (!texts.iter().any(|text| text.contains(expected))).then(|| texts.join("\n"))
}

/// Asserts that the summary agrees with the card provider's ledger.
fn assert_credits_match_the_ledger(sale: &Sale, summary: &Value) {
    let ledger = sale.lines("out/cards.ndjson");
    let cents = |amount: &str| -> u64 {
        amount.trim_end_matches(" USD").replace('.', "").parse().expect("an amount in USD")
    };
    for offer in offers_of(summary) {
        let orders = format!("{}:", text(offer, "id"));
        for (operation, field) in [("credit", "credited"), ("reverse_credit", "reversed")] {
            let of_it =
                |line: &&Value| line["operation"] == operation && text(line, "order").starts_with(&orders);
            let paid: u64 = ledger.iter().filter(of_it).map(|line| cents(text(line, "amount"))).sum();
            assert_eq!(paid, cents(text(offer, field)), "{operation} of {offer}");
        }
    }
}

stories! { "credits/", |story| Story::read(story).play();
    the_tag_enrolls_a_card_once = "enrolling.txt";
    a_purchase_that_counts_earns_a_credit = "purchases.txt";
    a_refund_reverses_the_credit_in_proportion = "refunds.txt";
    what_comes_before_its_cause_is_kept_for_it = "overtaking.txt";
    an_opted_out_account_still_gets_letters_about_money = "silence.txt";
}

#[test]
fn a_bad_line_of_the_feed_is_named_and_skipped() {
    let good = transaction("12:05 ana pays 30.00 USD at m-1 as t-1");
    let swapped = |from: &str, to: &str| {
        assert!(good.contains(from), "{good} has no {from}");
        good.replace(from, to)
    };
    let table = [
        ("no JSON", "t-1 30.00 USD\n".to_owned(), "not JSON"),
        ("half a line", format!("{}\n", good.split_at(30).0), "not JSON"),
        ("less than nothing", swapped("30.00", "-30.00"), "`amount` is not above zero"),
        ("nothing", swapped("30.00", "0.00"), "`amount` is not above zero"),
        ("half a cent", swapped("30.00", "30.005"), "`amount` is not written with as many digits"),
        ("money of nowhere", swapped("USD", "XYZ"), "`amount` is not in a currency of ISO 4217"),
        ("an unknown field", swapped("\"id\"", "\"note\":\"x\",\"id\""), "`note` is no field of this line"),
        ("no id", swapped("\"id\":\"t-1\",", ""), "`id` is missing"),
        ("a card number", swapped("tok_ana", "4242424242424242"), "`card` holds a card number"),
        ("a purchase of a purchase", swapped("\"id\"", "\"refund_of\":\"t-0\",\"id\""), "`refund_of`"),
        ("a refund of nothing", swapped("\"id\"", "\"kind\":\"refund\",\"id\""), "`refund_of` is missing"),
    ];
    for (sentence, bad, reason) in table {
        println!("{sentence}");
        let sale = Sale::new(offers(), accounts(&[]), post("12:00 ana 1: #AmexCafe"));
        sale.write("feed.ndjson", format!("\n{bad}{}", swapped("t-1", "t-2")));
        let named = format!("feed.ndjson:2: left out: {reason}");
        let ran = fed(&sale).must(0, &[&named, "1 lines were left out"]);
        assert!(!ran.err.contains("4242"), "{}", ran.err);
        let outcomes: Vec<String> = sale.lines("out/outcomes.ndjson").iter().map(outcome).collect();
        assert_eq!(outcomes, ["12:00 ana 1 cafe enrolled", "12:05 ana t-2 cafe credited 5.00 USD (1 left)"]);
        let summary: Value = serde_json::from_str(&sale.read("out/summary.json")).expect("JSON");
        assert_eq!(
            (&summary["input"]["transactions"], &summary["input"]["bad_lines"]),
            (&json!(2), &json!(1))
        );
        sale.verify(&["--strict"]).must(0, &["0 violated"]);
    }
}

#[test]
fn a_missing_feed_is_named_and_nothing_begins() {
    let sale = Sale::new(offers(), accounts(&[]), post("12:00 ana 1: #AmexCafe"));
    fed(&sale).must(66, &["feed.ndjson", "No such file"]);
    assert!(!sale.path("out").exists(), "something was begun");
}

#[test]
fn a_pipe_with_a_feed_is_summarized_like_a_recording() {
    let now = Clock::start().now();
    let earlier = Timestamp::from_ms(now.ms() - 60_000).to_string();
    let posts = post("12:00 ana 1: #AmexCafe").replace(&instant("12:00"), &earlier);
    let feed = transaction("12:05 ana pays 30.00 USD at m-1 as t-1");
    let sale = Sale::new(with_shop(&credits_on_sale()), accounts(&[]), posts);
    sale.write("feed.ndjson", feed.replace(&instant("12:05"), &now.to_string()));
    let feed = sale.path("feed.ndjson").display().to_string();
    sale.sell_with(&["--transactions", &feed, "--clock", "wall"]).must(0, &[]);
    let outcomes: Vec<String> = sale.lines("out/outcomes.ndjson").iter().map(verdict).collect();
    assert_eq!(outcomes, ["cafe enrolled", "cafe credited 5.00 USD (1 left)"]);
    let summary: Value = serde_json::from_str(&sale.read("out/summary.json")).expect("JSON");
    for fact in [
        "cafe: 1 enrolled, 1 credits, 5.00 USD credited, 0.00 USD reversed",
        "books: 0 enrolled, 0 credits, 0.00 USD credited, 0.00 USD reversed",
    ] {
        assert_eq!(contradiction(fact, &sale, &summary), None, "{fact}");
    }
    assert_credits_match_the_ledger(&sale, &summary);
    sale.verify(&["--strict"]).must(0, &["0 violated"]);
}

#[test]
fn explain_names_enrolling_posts() {
    let sale = Sale::new(offers(), "", "");
    let options = ["explain", "--offers", &sale.path("offers.toml").display().to_string()];
    let posts = post("12:00 ana 1: #amexbooks and #AmexCaf") + &transaction("12:05 ana pays 3.00 USD as t-1");
    let ran = flashtag_fed(options, posts.as_bytes()).must(0, &[]);
    let [enrolling, purchase] = &super::ndjson(&ran.out)[..] else { panic!("{}", ran.out) };
    assert_eq!([text(enrolling, "offer"), text(enrolling, "face")], ["books", "enroll"], "{enrolling}");
    assert_eq!([text(purchase, "offer"), text(purchase, "face")], ["", "not_a_post"], "{purchase}");
}
