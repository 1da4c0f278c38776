//! The contract of a stream of posts: whole lines in order, and a cursor after which the rest follows.

use std::io::Write;

use flashtag::intake::stream::{Cursor, FileStream, MemoryStream, NotResumed, PostStream, ReaderStream};

/// Opens a stream of these lines, after a cursor if there is one.
type Open<'a> = &'a dyn Fn(&[&str], Option<&Cursor>) -> Result<Box<dyn PostStream>, NotResumed>;

/// Lines of several chunks, the last without its end.
fn lines() -> Vec<String> {
    let numbered =
        (0..200).map(|number| format!("{{\"line\":{number},\"filler\":\"{}\"}}", "x".repeat(number)));
    numbered.collect()
}

/// The remaining chunks of a stream, each with its cursor.
fn read(stream: &mut dyn PostStream) -> Vec<(String, Option<Cursor>)> {
    let mut chunks = Vec::new();
    while let Some(chunk) = stream.next_chunk().expect("the source works") {
        let chunk = String::from_utf8(chunk.to_vec()).expect("the test writes text");
        chunks.push((chunk, stream.cursor()));
    }
    chunks
}

fn text(chunks: &[(String, Option<Cursor>)]) -> String {
    chunks.iter().map(|(chunk, _)| chunk.as_str()).collect()
}

/// The contract of every stream.
fn check_chunks(open: Open<'_>) -> Vec<(String, Option<Cursor>)> {
    let lines = lines();
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    let chunks = read(open(&lines, None).expect("the stream opens").as_mut());
    assert_eq!(text(&chunks), lines.join("\n"), "every line comes once, in order");
    assert!(chunks.len() > 2, "the test is of several chunks");
    let (_, whole) = chunks.split_last().expect("there are chunks");
    assert!(whole.iter().all(|(chunk, _)| chunk.ends_with('\n')), "a chunk ends with a line");
    assert!(read(open(&[], None).expect("the stream opens").as_mut()).is_empty(), "nothing comes of nothing");
    chunks
}

/// The contract of a stream with cursors.
fn check_cursors(open: Open<'_>) {
    let chunks = check_chunks(open);
    let lines = lines();
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    let start = open(&lines, None).expect("the stream opens").cursor().expect("a cursor of the beginning");
    let again = read(open(&lines, Some(&start)).expect("the cursor is of this stream").as_mut());
    assert_eq!(text(&again), text(&chunks), "from the beginning every line follows");
    for (index, (_, cursor)) in chunks.iter().enumerate() {
        let cursor = cursor.as_ref().expect("a cursor behind each chunk");
        let mut rest = open(&lines, Some(cursor)).expect("the cursor is of this stream");
        assert_eq!(rest.cursor().as_ref(), Some(cursor), "a stream begins at its cursor");
        let behind = chunks.get(index + 1..).unwrap_or_default();
        assert_eq!(text(&read(rest.as_mut())), text(behind), "exactly the lines after the cursor follow");
    }
}

fn file_of(content: &str) -> std::fs::File {
    let mut file = tempfile::tempfile().expect("a temporary file");
    file.write_all(content.as_bytes()).expect("the file is written");
    file
}

fn open_file(lines: &[&str], after: Option<&Cursor>) -> Result<Box<dyn PostStream>, NotResumed> {
    Ok(Box::new(FileStream::open(file_of(&lines.join("\n")), after)?.read_at_once(1_000)))
}

fn open_memory(lines: &[&str], after: Option<&Cursor>) -> Result<Box<dyn PostStream>, NotResumed> {
    let all = lines.join("\n");
    let split: Vec<&str> = all.split_inclusive('\n').collect();
    let chunks = split.chunks(30).map(|lines| lines.concat().into_bytes()).collect();
    Ok(Box::new(MemoryStream::new(chunks, after)?))
}

fn open_reader(lines: &[&str], _: Option<&Cursor>) -> Result<Box<dyn PostStream>, NotResumed> {
    let text = std::io::Cursor::new(lines.join("\n"));
    Ok(Box::new(ReaderStream::new(text).read_at_once(1_000)))
}

#[test]
fn files_and_memory_resume_after_each_cursor() {
    check_cursors(&open_file);
    check_cursors(&open_memory);
}

#[test]
fn a_pipe_has_chunks_and_no_cursor() {
    let chunks = check_chunks(&open_reader);
    assert!(chunks.iter().all(|(_, cursor)| cursor.is_none()));
}

#[test]
fn a_cursor_of_another_stream_is_refused() {
    let mut stream = FileStream::open(file_of("one\ntwo\n"), None).expect("the stream opens");
    stream.next_chunk().expect("the file is read");
    let cursor = stream.cursor().expect("files have cursors");
    let grown = FileStream::open(file_of("one\ntwo\nthree\n"), Some(&cursor));
    let rest = read(&mut grown.expect("a file that has grown is the same"));
    assert_eq!(text(&rest), "three\n");
    for other in ["one\nTWO\nthree\n", "one\n", ""] {
        let refused = FileStream::open(file_of(other), Some(&cursor)).expect_err("another file");
        assert!(matches!(refused, NotResumed::OtherSource), "{other:?}: {refused}");
    }
    let refused = MemoryStream::new(Vec::new(), Some(&cursor)).expect_err("another kind of stream");
    assert!(matches!(refused, NotResumed::NotACursor), "{refused}");
}

#[test]
fn a_line_that_is_too_long_contains_no_cursor() {
    let long = "x".repeat(3 * 1024 * 1024);
    let stream = FileStream::open(file_of(&format!("one\n{long}\ntwo\n")), None).expect("the stream opens");
    let mut stream = stream.read_at_once(64 * 1024);
    let (mut within, mut last) = (0, None);
    while stream.next_chunk().expect("the file is read").is_some() {
        last = stream.cursor();
        within += u32::from(last.is_none());
    }
    assert_eq!(within, 1, "the long line is named once, before its end");
    let file = file_of(&format!("one\n{long}\ntwo\nthree\n"));
    let rest = read(&mut FileStream::open(file, last.as_ref()).expect("the same file, grown"));
    assert_eq!(text(&rest), "three\n");
}
