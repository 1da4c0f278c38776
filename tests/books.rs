//! The books of the providers that write to files, read while a server writes them.

use std::path::Path;

use serde_json::Value;

/// The whole lines of a book; none if there is no file.
///
/// A write shows to a reader page by page. What stands behind the last line end is a line that is being written.
pub(crate) fn text(book: &Path) -> String {
    let mut text = std::fs::read_to_string(book).unwrap_or_default();
    text.truncate(text.rfind('\n').map_or(0, |end| end + 1));
    text
}

/// The parsed lines of a book.
pub(crate) fn lines(book: &Path) -> Vec<Value> {
    crate::command::ndjson(&text(book))
}

#[test]
fn a_line_that_is_being_written_is_not_there_yet() {
    let place = tempfile::tempdir().expect("a temporary directory");
    let book = place.path().join("cards.ndjson");
    assert_eq!(lines(&book), Vec::<Value>::new(), "no file");
    for (written, whole) in [("", 0), ("{\"key\":", 0), ("{}\n", 1), ("{}\n{\"key\":\"a", 1), ("{}\n{}\n", 2)]
    {
        std::fs::write(&book, written).expect("it is written");
        assert_eq!(lines(&book).len(), whole, "{written:?}");
    }
}
