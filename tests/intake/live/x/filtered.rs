//! The filtered stream, with its rules and the recent search as its past.

use flashtag::intake::stream::Cursor;
use flashtag::intake::stream::live::x::{Filtered, FilteredOptions, XSource};
use flashtag::intake::stream::live::{Health, LiveSource};
use flashtag::networks::x::Api;

use super::session::{Now, Session, at, id, line, page, post, refused};

const RULES: &str = "GET /2/tweets/search/stream/rules";
const OPEN: &str = "open /2/tweets/search/stream";
const CHANGE: &str = "POST /2/tweets/search/stream/rules";
const POT: &str = "#buypot -is:retweet";

fn from(second: i64, tags: &[&str]) -> Session<XSource<Filtered>> {
    let options = FilteredOptions {
        api: Api::new("https://x.example"),
        mentioning: None,
        rule_tag: "flashtag".to_owned(),
    };
    let cursor: Cursor = serde_json::from_value(format!("x/{}", id(second)).into()).unwrap();
    let mut session = Session::new(XSource::new(Filtered::new(options), Some(&cursor), 7));
    session.source.set_tags(&names(tags));
    session
}

fn names(tags: &[&str]) -> Vec<String> {
    tags.iter().map(|tag| (*tag).to_owned()).collect()
}

/// Listed rules: id, value, tag.
fn rules(rules: &[(&str, &str, &str)]) -> Now {
    let rule =
        |(id, value, tag): &(&str, &str, &str)| format!(r#"{{"id":"{id}","value":"{value}","tag":"{tag}"}}"#);
    let rules: Vec<String> = rules.iter().map(rule).collect();
    Now::Answer(200, format!(r#"{{"data":[{}],"meta":{{"result_count":1}}}}"#, rules.join(",")))
}

fn add(value: &str) -> String {
    format!(r#"{CHANGE} {{"add":[{{"value":"{value}","tag":"flashtag"}}]}}"#)
}

fn delete(id: &str) -> String {
    format!(r#"{CHANGE} {{"delete":{{"ids":["{id}"]}}}}"#)
}

fn search(query: &str, since: i64) -> String {
    format!("GET /2/tweets/search/recent {query} since {since}")
}

fn changed() -> Now {
    refused(201, r#"{"meta":{"summary":{"created":1,"not_created":0,"valid":1,"invalid":0}}}"#)
}

/// A line of the filtered stream.
fn item(second: i64) -> Now {
    let users = r#"{"users":[{"id":"9","username":"ana"}]}"#;
    Now::Line(format!(r#"{{"data":{},"includes":{users},"matching_rules":[{{"id":"1"}}]}}"#, post(second)))
}

/// A session that is live with the tag `BuyPot`, at second 60.
fn live() -> Session<XSource<Filtered>> {
    let mut session = from(-100, &["BuyPot"]);
    session.play(&[
        (RULES, rules(&[("1", POT, "flashtag")])),
        (OPEN, Now::Open),
        (&search(POT, -100), page(&[], "")),
    ]);
    session.pass(60);
    session.play(&[(&search(POT, -100), page(&[], "")), ("receive", line(""))]);
    session
}

#[test]
fn the_rules_become_those_of_the_tags_and_others_are_left_alone() {
    let mut session = from(-100, &["BuyPot"]);
    let listed =
        rules(&[("1", "#old -is:retweet", "flashtag"), ("2", "#other", "somebody"), ("3", POT, "somebody")]);
    session.play(&[
        (RULES, listed),
        // Added first, so that no tag is without a rule meanwhile.
        (&add(POT), changed()),
        (&delete("1"), refused(200, r#"{"meta":{"summary":{"deleted":1}}}"#)),
        (OPEN, Now::Open),
        (&search(POT, -100), page(&[-5, -90], "n2")),
        (&format!("{} page n2", search(POT, -100)), page(&[-95], "")),
        ("receive", item(1)),
    ]);
    assert_eq!(session.delivered(), [-95, -90, -5, 1]);
    assert_eq!(session.source.health(), Health::Live);
    // Added rules act within 20 seconds, and a post takes up to 60 to show.
    session.now = at(79);
    session.play(&[("receive", item(79))]);
    session.now = at(80);
    session.play(&[(&search(POT, -60), page(&[], ""))]);
}

#[test]
fn rules_that_are_right_are_not_touched() {
    let mut session = live();
    session.source.set_tags(&names(&["BUYPOT"]));
    assert_eq!(session.wanted(), "receive");
}

#[test]
fn a_tag_that_joins_gets_its_rule_while_the_stream_is_open() {
    let both = "(#buypot OR #mill) -is:retweet";
    let mut session = live();
    session.source.set_tags(&names(&["BuyPot", "Mill"]));
    session.play(&[
        (RULES, rules(&[("1", POT, "flashtag")])),
        (&add(both), changed()),
        (&delete("1"), changed()),
        (&search(both, -100), page(&[50], "")),
        ("receive", item(61)),
    ]);
    assert_eq!(session.delivered(), [50, 61]);
    assert_eq!(session.cursor(), Some(0), "until the new rule acts, the past may have more");
    session.now = at(141);
    session.play(&[(&search(both, 0), page(&[70], "")), ("receive", item(142))]);
    assert_eq!((session.delivered(), session.cursor()), (vec![70, 142], Some(81)));
}

#[test]
fn without_tags_there_is_nothing_to_read() {
    let mut session = from(-100, &[]);
    session.play(&[("wait", Now::Later), ("wait", Now::Later)]);
    let mut session = live();
    session.source.set_tags(&[]);
    session.play(&[("close", Now::Later), ("wait", Now::Later)]);
    session.source.set_tags(&names(&["BuyPot"]));
    session.play(&[(RULES, rules(&[("1", POT, "flashtag")])), (OPEN, Now::Open)]);
}

#[test]
fn a_rule_that_x_has_already_counts_and_one_that_it_refuses_does_not() {
    let table = [
        (r#"{"errors":[{"title":"DuplicateRule","id":"1"}],"meta":{"summary":{"not_created":1}}}"#, OPEN),
        (r#"{"errors":[{"title":"Invalid Rule","detail":"too long"}]}"#, "wait"),
        // It may have refused the rule.
        (r#"{"errors":[{"title":"Inval"#, "wait"),
        ("<html>", "wait"),
    ];
    for (body, wanted) in table {
        let mut session = from(-100, &["BuyPot"]);
        session.play(&[(RULES, rules(&[])), (&add(POT), refused(200, body))]);
        assert_eq!(session.wanted(), wanted, "{body}");
    }
}

/// Rules of an earlier catalog stay at X for ever if a list counts as empty that is none.
#[test]
fn an_answer_that_is_no_list_does_not_say_that_there_are_no_rules() {
    for (body, wanted) in [
        (r#"{"meta":{"result_count":0}}"#, add(POT)),
        ("{}", "wait".to_owned()),
        (r#"{"errors":[{"title":"Unavailable"}]}"#, "wait".to_owned()),
        (r#"{"data":[{"id":"1""#, "wait".to_owned()),
    ] {
        let mut session = from(-100, &["BuyPot"]);
        session.play(&[(RULES, refused(200, body))]);
        assert_eq!(session.wanted(), wanted, "{body}");
    }
}

#[test]
fn a_stream_without_rules_has_them_made() {
    let none = r#"{"title":"ConnectionException","connection_issue":"RuleConfigurationIssue"}"#;
    let mut session = from(-100, &["BuyPot"]);
    session.play(&[(RULES, rules(&[("1", POT, "flashtag")])), (OPEN, refused(409, none))]);
    session.now = at(30);
    session.play(&[(RULES, rules(&[])), (&add(POT), changed()), (OPEN, Now::Open)]);
}

#[test]
fn the_search_reaches_back_seven_days_and_the_rest_is_a_gap() {
    const DAY: i64 = 86_400;
    let mut session = from(-8 * DAY, &["BuyPot"]);
    let kept = 60 - 7 * DAY;
    session.play(&[
        (RULES, rules(&[("1", POT, "flashtag")])),
        (OPEN, Now::Open),
        (&search(POT, kept), page(&[-3], "")),
    ]);
    assert_eq!(session.source.take_gap(), Some((at(-8 * DAY), at(kept))));
    assert_eq!(session.source.take_gap(), None);
}

#[test]
fn every_post_costs_a_read() {
    let mut session = live();
    session.source.take_cost();
    session.play(&[("receive", item(61)), ("receive", item(62)), ("receive", line(""))]);
    assert_eq!(session.source.take_cost().micros, 10_000);
}
