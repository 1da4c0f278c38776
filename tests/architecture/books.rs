//! Tests read what a server writes by whole lines.

use super::files_below;

/// The books of the providers that write to files.
const BOOKS: [&str; 4] = ["cards.ndjson", "credits.ndjson", "replies.ndjson", "orders.ndjson"];

/// The lines of a test that read a book of a server as any file is read.
fn careless(text: &str) -> Vec<usize> {
    let reads = |line: &str| line.contains("read_to_string(") || line.contains("read(\"data/");
    let names = |line: &str| BOOKS.iter().any(|book| line.contains(book));
    text.lines().zip(1..).filter(|(line, _)| reads(line) && names(line)).map(|(_, number)| number).collect()
}

#[test]
fn tests_read_the_books_of_a_server_by_whole_lines() {
    let files = files_below("tests").into_iter().filter(|(file, _)| file != "architecture/books.rs");
    let at = |(file, text): (String, String)| {
        careless(&text).into_iter().map(|line| format!("tests/{file}:{line}")).collect::<Vec<_>>()
    };
    let found: Vec<String> = files.flat_map(at).collect();
    assert!(found.is_empty(), "`tests/books.rs` reads what may be half written: {found:?}");
}

#[test]
fn a_careless_reader_is_noticed() {
    for line in [
        r#"let text = fs::read_to_string(data.join("cards.ndjson")).unwrap_or_default();"#,
        r#"Self(ndjson(&copy.read("data/orders.ndjson")))"#,
    ] {
        assert_eq!(careless(&format!("fn f() {{\n    {line}\n}}\n")), [2], "{line}");
    }
    assert_eq!(careless(r#"let book = books::lines(&data.join("cards.ndjson"));"#), Vec::<usize>::new());
}
