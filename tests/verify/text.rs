//! The text form of the history, and its parser.

use flashtag::api::history_line::{write_gap, write_history};
use flashtag::domain::decision::Record;
use flashtag::domain::key_form::KeyForm;
use flashtag::verify::{Checker, Ending, HistoryFault, read_history};

use super::genuine::genuine;

fn written(partition: u32, sequence: u64, record: &Record) -> String {
    let mut line = Vec::new();
    write_history(&mut line, partition, sequence, KeyForm::Bare, record).unwrap();
    String::from_utf8(line).unwrap()
}

#[test]
fn every_record_is_one_line_and_reads_back() {
    let mut checker = Checker::new(Ending::Strict);
    let story = genuine();
    let last_credits = story.last_credits();
    for (partition, sequence, record) in story.records.into_iter().chain(last_credits) {
        let line = written(partition, sequence, &record);
        assert_eq!(line.matches('\n').count(), 1);
        let read = read_history(line.trim_end()).unwrap();
        assert_eq!(read, (partition, sequence, record));
        checker.read(read.0, read.1, &read.2);
    }
    assert!(checker.finish().passed());
}

#[test]
fn the_text_is_readable_json() {
    let mut story = genuine();
    let line = written(0, 9, story.record(0, 9));
    let expected = concat!(
        r#"{"partition":0,"sequence":9,"at":"2013-02-13T17:03:20.000Z","events":[{"confirmed":{"id":"#,
        r#"{"offer":0,"ordinal":1},"account":{"network":"mastodon","author":"ana"},"post":"ana-confirms","#,
        r#""units":1,"way":"post"}}],"effects":[{"key":"0/9/0","authorize":{"id":{"offer":0,"ordinal":1},"#,
        r#""account":{"network":"mastodon","author":"ana"},"card":"tok_ana","amount":"163.30 USD"}}]}"#,
        "\n"
    );
    assert_eq!(line, expected);
}

#[test]
fn an_invalid_record_is_refused() {
    let mut story = genuine();
    let line = written(0, 9, story.record(0, 9));
    assert!(matches!(read_history("{}"), Err(HistoryFault::Form(_))));
    assert!(matches!(read_history(&line.replace("2013-", "")), Err(HistoryFault::At(_))));
    let moved = line.replace("0/9/0", "0/9/1");
    let fault = read_history(&moved).unwrap_err().to_string();
    assert_eq!(fault, "the key 0/9/1 stands where 0/9/0 belongs");
}

#[test]
fn a_gap_has_a_line_with_the_missing_records() {
    let mut line = Vec::new();
    write_gap(&mut line, 3, &(17..=4711)).unwrap();
    let line = String::from_utf8(line).unwrap();
    assert_eq!(line, "{\"partition\":3,\"missing\":{\"first\":17,\"last\":4711}}\n");
    let fault = read_history(line.trim_end()).unwrap_err();
    assert!(matches!(fault, HistoryFault::Missing { partition: 3, first: 17, last: 4711 }), "{fault}");
}

#[test]
fn the_text_shows_the_epoch_of_the_keys_that_providers_see() {
    let mut story = genuine();
    let record = story.record(0, 9);
    let mut line = Vec::new();
    write_history(&mut line, 0, 9, KeyForm::Epoch(2), record).unwrap();
    let line = String::from_utf8(line).unwrap();
    assert!(line.contains(r#""at":"2013-02-13T17:03:20.000Z","epoch":2,"events":["#), "{line}");
    assert!(line.contains(r#""effects":[{"key":"0/9/0","#), "{line}");
    assert_eq!(read_history(line.trim_end()).unwrap(), (0, 9, record.clone()));
}
