//! Whole sales as text: `sales/*.txt`. Each story begins with its rule, `# ...`, and has these lines:
//!
//! ```text
//! offer units = 2                              a line of the offer, or one that replaces the line of its key
//! toml [[offer]]                               a line of the offer file, unchanged
//! account bob tok_decline_1 [prepaid]          an account's card; an account without one: `account dan none`
//! 12:00:10.5 ana 1 [arrived 12:00:20]: words   a post, its time on 2013-02-13 UTC, its author and id
//! {"network":...}                              a post, unchanged
//! ```
//!
//! The expected results follow: the lines of `outcomes.ndjson` as `> time account post outcome reservation
//! place`, and of the rest `kinds`, `left`, `captured` and `claims` of the offers in their order.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::{OFFERS, Sale, must_have_fields, text};

const PEOPLE: [(&str, &str); 8] = [
    ("ana", "42"),
    ("bob", "43"),
    ("cat", "44"),
    ("dan", "45"),
    ("eve", "46"),
    ("fay", "47"),
    ("gil", "48"),
    ("shop", "9001"),
];

/// One story of a file.
#[derive(Default)]
struct Story<'t> {
    title: &'t str,
    offers: String,
    cards: Vec<OddCard<'t>>,
    posts: String,
    outcomes: Vec<&'t str>,
    facts: Vec<(&'t str, &'t str)>,
}

pub(super) fn author(name: &str) -> &'static str {
    let found = PEOPLE.iter().find(|(known, _)| *known == name);
    found.unwrap_or_else(|| panic!("unknown account {name}")).1
}

pub(super) fn name(account: &str) -> &str {
    let id = account.strip_prefix("x:").unwrap_or(account);
    PEOPLE.iter().find(|(_, known)| *known == id).map_or(account, |(name, _)| name)
}

/// Parses `12:00`, `12:00:10` and `12:00:10.5` on the day of the sale.
pub(super) fn instant(clock: &str) -> String {
    let seconds = if clock.split(':').count() == 2 { ":00" } else { "" };
    format!("2013-02-13T{clock}{seconds}Z")
}

/// The line of posts that a line of a story describes.
pub(super) fn post(line: &str) -> String {
    let (head, words) = line.split_once(": ").unwrap_or_else(|| (line.trim_end_matches(':'), ""));
    let (head, marks) = head.split_once(" [").unwrap_or((head, ""));
    let parts: Vec<&str> = head.split_whitespace().collect();
    let [clock, name, id] = parts[..] else { panic!("no post: {line}") };
    let mut post = json!({"network": "x", "id": id, "author": {"id": author(name), "handle": name},
        "posted_at": instant(clock), "text": words});
    for mark in marks.trim_end_matches(']').split(", ").filter(|mark| !mark.is_empty()) {
        let (field, value) = match mark.split_once(' ') {
            Some(("arrived", clock)) => ("arrived_at", json!(instant(clock))),
            Some((field, value)) => (field, json!(value)),
            None => (mark, json!(true)),
        };
        post[field] = value;
    }
    format!("{post}\n")
}

/// A card that differs from the usual one: its owner, its token, whether it is prepaid.
pub(super) type OddCard<'t> = (&'t str, &'t str, bool);

pub(super) fn odd_card(line: &str) -> OddCard<'_> {
    let mut words = line.split(' ');
    let (name, token) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    (name, token, words.next() == Some("prepaid"))
}

/// The lines of all linked accounts.
pub(super) fn accounts(cards: &[OddCard<'_>]) -> String {
    let link = |(name, id): &(&str, &str)| {
        let card = cards.iter().find(|(owner, ..)| owner == name);
        let (token, prepaid) =
            card.map_or_else(|| (format!("tok_{name}"), false), |card| (card.1.to_owned(), card.2));
        let funding = if prepaid { "prepaid" } else { "credit" };
        let card = json!({"token": token, "brand": "amex", "funding": funding, "last4": "1005"});
        let email = format!("{name}@example.com");
        let link = json!({"network": "x", "author_id": id, "card": card, "email": email, "region": "US-NY"});
        (token != "none").then(|| format!("{link}\n"))
    };
    PEOPLE.iter().filter_map(link).collect()
}

impl<'t> Story<'t> {
    fn read(paragraph: &'t str) -> Self {
        let mut story = Self { offers: OFFERS.to_owned(), ..Self::default() };
        for line in paragraph.lines().map(str::trim).filter(|line| !line.is_empty()) {
            let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
            match word {
                "#" => story.title = rest,
                "offer" => story.set(rest),
                "toml" => story.offers = format!("{}{rest}\n", story.offers),
                "account" => story.cards.push(odd_card(rest)),
                ">" => story.outcomes.push(rest.trim()),
                "kinds" | "left" | "captured" | "claims" => story.facts.push((word, rest.trim())),
                _ if line.starts_with('{') => story.posts = format!("{}{line}\n", story.posts),
                _ => story.posts.push_str(&post(line)),
            }
        }
        story
    }

    fn set(&mut self, line: &str) {
        let key = line.split_once(" =").expect("offer key = value").0;
        let kept = self.offers.lines().filter(|old| !old.starts_with(&format!("{key} =")));
        self.offers = kept.chain([line]).fold(String::new(), |all, line| all + line + "\n");
    }

    fn run(&self) -> Result<(), String> {
        let sale = Sale::new(&self.offers, accounts(&self.cards), &self.posts);
        sale.sell().must(0, &[]);
        sale.verify(&["--strict"]).must(0, &["0 violated"]);
        let found: Vec<String> = sale.lines("out/outcomes.ndjson").iter().map(outcome).collect();
        let expected: Vec<String> = self.outcomes.iter().map(|line| words(line)).collect();
        let mut faults = String::new();
        // A story that lists no outcomes checks only the final facts.
        let silent = expected.is_empty() && !self.facts.is_empty();
        if !silent && found != expected {
            let found: String = found.iter().map(|line| format!("> {line}\n")).collect();
            write!(faults, "the outcomes are\n{found}").expect("texts can be written");
        }
        assert_one_capture_per_order(&sale);
        assert_effects_are_complete(&sale);
        let summary: Value = serde_json::from_str(&sale.read("out/summary.json")).expect("JSON");
        for (fact, expected) in &self.facts {
            let found = match *fact {
                "kinds" => kinds(&sale),
                fact => offers_of(&summary).map(|offer| of_offer(offer, fact)).collect::<Vec<_>>().join(" "),
            };
            if found != words(expected) {
                writeln!(faults, "{fact} {found}").expect("texts can be written");
            }
        }
        assert_summary_matches(&sale, &summary);
        if faults.is_empty() { Ok(()) } else { Err(format!("# {}\n{faults}", self.title)) }
    }
}

/// The words of a line, separated by single blanks.
pub(super) fn words(line: &str) -> String {
    line.split_whitespace().collect::<Vec<_>>().join(" ")
}

pub(super) fn offers_of(summary: &Value) -> impl Iterator<Item = &Value> {
    summary["offers"].as_array().into_iter().flatten()
}

/// `available/reserved/sold/waiting` of an offer, or another fact.
fn of_offer(offer: &Value, fact: &str) -> String {
    match fact {
        "left" => {
            let counts = ["available", "reserved", "sold", "waiting"].map(|field| offer[field].to_string());
            counts.join("/")
        }
        field => offer[field].to_string().replace('"', ""),
    }
}

/// A time of the day of the sale, as short as possible.
pub(super) fn clock(instant: &str) -> &str {
    let at = instant.trim_start_matches("2013-02-13T").trim_end_matches('Z');
    let at = at.strip_suffix(".000").unwrap_or(at);
    if at.len() > 5 { at.strip_suffix(":00").unwrap_or(at) } else { at }
}

/// A line of `outcomes.ndjson` as the stories write it.
fn outcome(line: &Value) -> String {
    let mut known = vec!["post", "account", "offer", "outcome", "reservation", "units", "place", "at"];
    let more: Vec<&str> =
        ["duplicate", "parked_until"].into_iter().filter(|more| line.get(more).is_some()).collect();
    known.extend(&more);
    must_have_fields(line, &known);
    // A refusal has no units.
    assert!(matches!(line["units"].as_u64(), Some(0 | 1)), "{line}");
    assert!(line["reservation"].is_null() || line["units"] == 1, "{line}");
    let at = clock(text(line, "at"));
    let post = line["post"].as_str().unwrap_or("-");
    let reservation = line["reservation"].as_str().unwrap_or("-");
    let place = line["place"].as_u64().map_or_else(|| "-".to_owned(), |place| place.to_string());
    let more = more.into_iter().map(|more| format!(" {more}")).collect::<String>();
    let who = name(text(line, "account"));
    format!("{at} {who} {post} {} {reservation} {place}{more}", text(line, "outcome"))
}

/// Asserts that each order is captured once, and never without an authorization.
fn assert_one_capture_per_order(sale: &Sale) {
    let ledger = sale.lines("out/cards.ndjson");
    let taken = |operation: &str| -> Vec<&str> {
        let line = |line: &&Value| line["operation"] == operation && line["result"] == "approved";
        let mut orders: Vec<&str> = ledger.iter().filter(line).map(|line| text(line, "order")).collect();
        orders.sort_unstable();
        orders
    };
    let captured = taken("capture");
    let mut distinct = captured.clone();
    distinct.dedup();
    assert_eq!(captured, distinct, "an order was captured twice");
    let mut sold: Vec<String> = (sale.lines("out/outcomes.ndjson").iter())
        .filter(|line| line["outcome"] == "sold")
        .map(|line| text(line, "reservation").to_owned())
        .collect();
    sold.sort();
    assert_eq!(captured, sold, "every sold order is captured, and no other");
}

/// Asserts that each line of `effects.ndjson` has exactly the fields of the interface.
pub(super) fn assert_effects_are_complete(sale: &Sale) {
    let mut keys = Vec::new();
    for line in sale.lines("out/effects.ndjson") {
        let mut known = vec!["kind", "key", "offer", "account", "to", "amount", "text", "at"];
        if text(&line, "kind") == "order" {
            known.extend(["units", "unit_price", "shipping", "tax", "tax_rate", "total"]);
            known.extend(["variant", "region", "last4", "handle", "ship_to"]);
        }
        must_have_fields(&line, &known);
        let has = |field: &str| !line[field].is_null();
        let (account, amount, words) = match text(&line, "kind") {
            "authorize" | "capture" | "void" | "refund" | "order" | "credit" | "reverse_credit" => {
                (true, true, false)
            }
            "reply" => (true, has("amount"), true),
            // A letter about a purchase that did not count names no amount.
            "email" => (true, !text(&line, "text").contains("did not count"), true),
            "announce" => (false, false, true),
            kind => panic!("no such kind of effect: {kind}"),
        };
        assert_eq!((has("account"), has("amount"), has("text")), (account, amount, words), "{line}");
        keys.push(text(&line, "key").to_owned());
    }
    let effects = keys.len();
    keys.sort();
    keys.dedup();
    assert_eq!(keys.len(), effects, "a key left twice");
}

/// The number of effects by kind.
pub(super) fn kinds(sale: &Sale) -> String {
    let effects = sale.lines("out/effects.ndjson");
    let count = |kind: &str| effects.iter().filter(|line| line["kind"] == kind).count();
    let kinds =
        ["announce", "reply", "authorize", "capture", "void", "email", "order", "credit", "reverse_credit"];
    let counted = kinds.iter().filter(|kind| count(kind) > 0);
    counted.map(|kind| format!("{kind} {}", count(kind))).collect::<Vec<_>>().join(" ")
}

/// Asserts that the summary agrees with the outcomes and that no unit is missing.
pub(super) fn assert_summary_matches(sale: &Sale, summary: &Value) {
    let outcomes = sale.lines("out/outcomes.ndjson");
    for offer in offers_of(summary) {
        for field in ["id", "allotment", "available", "reserved", "sold", "waiting", "claims", "captured"] {
            assert!(offer.get(field).is_some(), "{field} is missing in {offer}");
        }
        let number = |field: &str| offer[field].as_u64().expect("a number");
        assert_eq!(number("available") + number("reserved") + number("sold"), number("allotment"));
        let mine = || outcomes.iter().filter(|line| line["offer"] == offer["id"]);
        for (code, count) in offer["outcomes"].as_object().expect("an object") {
            let is = |line: &&Value| match line.get("duplicate") {
                Some(_) => code == "duplicate",
                None => line["outcome"] == code.as_str(),
            };
            assert_eq!(mine().filter(is).count() as u64, count.as_u64().unwrap_or(0), "{code} in {offer}");
        }
        let all: u64 =
            offer["outcomes"].as_object().into_iter().flatten().filter_map(|(_, n)| n.as_u64()).sum();
        assert_eq!(all, mine().count() as u64, "{offer}");
    }
}

/// Runs every story of a file under `tests/command`, and fails with every difference.
pub(super) fn run_file(file: &str, play: impl Fn(&str) -> Result<(), String>) {
    let path = format!("{}/tests/command/{file}", env!("CARGO_MANIFEST_DIR"));
    let stories = std::fs::read_to_string(&path).unwrap_or_else(|fault| panic!("{path}: {fault}"));
    let paragraphs: Vec<&str> = stories.split("\n\n").filter(|text| !text.trim().is_empty()).collect();
    assert!(!paragraphs.is_empty());
    let wrong: Vec<String> = paragraphs.iter().filter_map(|paragraph| play(paragraph).err()).collect();
    assert!(
        wrong.is_empty(),
        "{} of {} went otherwise:\n\n{}",
        wrong.len(),
        paragraphs.len(),
        wrong.join("\n")
    );
}

/// One test per file of stories in a folder.
macro_rules! stories {
    ($folder:literal, $play:expr; $($name:ident = $file:literal;)*) => {
        $(#[test]
        fn $name() {
            crate::command::sales::run_file(concat!($folder, $file), $play);
        })*
    };
}

pub(crate) use stories;

stories! { "sales/", |story| Story::read(story).run();
    an_account_that_confirms_its_claim_in_time_buys = "buying.txt";
    returned_units_go_to_the_head_of_the_waitlist = "line.txt";
    a_post_that_is_not_the_buyers_own_buys_nothing = "words.txt";
    an_account_that_may_not_buy_gets_the_reason = "refusals.txt";
    the_posts_own_time_decides = "times.txt";
    whatever_a_card_does_an_order_is_captured_once = "cards.txt";
    campaigns_and_offers_do_not_mix = "campaigns.txt";
    what_comes_before_its_cause_never_costs_the_buyer = "overtaking.txt";
}

/// The table of the reference has a story for each of its rows.
#[test]
fn each_row_of_what_may_overtake_what_has_a_story() {
    let read = |path: &str| {
        let path = format!("{}/{path}", env!("CARGO_MANIFEST_DIR"));
        std::fs::read_to_string(&path).unwrap_or_else(|fault| panic!("{path}: {fault}"))
    };
    let stories = read("tests/command/sales/overtaking.txt") + &read("tests/command/credits/overtaking.txt");
    let page = read("docs/reference/outcomes.md");
    let (_, section) = page.split_once("## Arriving out of order").expect("the section");
    let rows: Vec<Vec<&str>> = (section.split("\n## ").next().unwrap_or_default().lines())
        .filter(|line| line.starts_with("| "))
        .map(|line| line.split('|').map(str::trim).collect())
        .collect();
    assert!(rows.len() > 10, "{rows:?}");
    for row in rows.iter().skip(1) {
        let title = format!("# {} before {}", row[1], row[2]).to_lowercase();
        let has = stories.lines().any(|line| line.to_lowercase().starts_with(&title));
        assert!(has, "no story begins with {title:?}");
    }
}
