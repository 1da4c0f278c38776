//! Lines from a reader: independent of how the reads are split, with bounded memory.

use std::io::{self, Read};

use flashtag::intake::line_chunks::LineChunks;
use flashtag::intake::lines::{Lines, lines};
use proptest::collection::vec;
use proptest::prelude::*;

/// A reader that returns its bytes in pieces, with interruptions between them.
struct Pieces<'a> {
    bytes: &'a [u8],
    sizes: Vec<usize>,
    turn: usize,
}

impl Read for Pieces<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.turn += 1;
        if self.turn.is_multiple_of(3) {
            return Err(io::ErrorKind::Interrupted.into());
        }
        let size = self.sizes.get(self.turn % self.sizes.len().max(1)).copied().unwrap_or(usize::MAX);
        let count = size.max(1).min(buffer.len()).min(self.bytes.len());
        let (piece, rest) = self.bytes.split_at(count);
        buffer.iter_mut().zip(piece).for_each(|(place, byte)| *place = *byte);
        self.bytes = rest;
        Ok(count)
    }
}

/// Every line with its number; `None` for one that is too long.
fn read(from: impl Read, bound: usize) -> Vec<(u64, Option<Vec<u8>>)> {
    let mut reader = Lines::with_bound(from, bound);
    let mut seen = Vec::new();
    while let Some((number, line)) = reader.next_line().expect("the reader works") {
        if let Err(fault) = &line {
            assert_eq!(fault.code(), "too_long");
        }
        seen.push((number, line.ok().map(<[u8]>::to_vec)));
    }
    assert!(reader.next_line().expect("the reader works").is_none(), "the end stays the end");
    seen
}

/// The same lines, by splitting the bytes in memory.
fn expected(bytes: &[u8], bound: usize) -> Vec<(u64, Option<Vec<u8>>)> {
    let numbered = (1..).zip(bytes.split(|byte| *byte == b'\n'));
    let bare = numbered.map(|(number, line)| (number, line.strip_suffix(b"\r").unwrap_or(line)));
    let wanted = bare.filter(|(_, line)| line.len() > bound || !line.trim_ascii().is_empty());
    wanted.map(|(number, line)| (number, (line.len() <= bound).then(|| line.to_vec()))).collect()
}

#[test]
fn every_common_line_end_is_recognized() {
    let table: [(&str, &[(u64, &str)]); 8] = [
        ("", &[]),
        ("\n", &[]),
        ("\r\n \n\t\r\n", &[]),
        ("a", &[(1, "a")]),
        ("a\n", &[(1, "a")]),
        ("a\r\nb\r\n", &[(1, "a"), (2, "b")]),
        ("\n\na\n\n b \n", &[(3, "a"), (5, " b ")]),
        ("a\rb\n\rc\r", &[(1, "a\rb"), (2, "\rc")]),
    ];
    for (text, wanted) in table {
        let wanted: Vec<_> =
            wanted.iter().map(|(number, line)| (*number, Some(line.as_bytes().to_vec()))).collect();
        assert_eq!(read(text.as_bytes(), 1024), wanted, "{text:?}");
        let of_slice: Vec<_> =
            lines(text.as_bytes()).map(|(number, line)| (number as u64, Some(line.to_vec()))).collect();
        assert_eq!(of_slice, wanted, "{text:?}");
    }
}

#[test]
fn the_bound_counts_the_line_without_its_end() {
    let table = [
        ("12345\n", true),
        ("12345\r\n", true),
        ("123456\n", false),
        ("12345\r\r\n", false),
        ("12345", true),
    ];
    for (text, fits) in table {
        let wanted = (1, fits.then(|| text.trim_end_matches(['\r', '\n']).as_bytes().to_vec()));
        assert_eq!(read(text.as_bytes(), 5), vec![wanted.clone()], "{text:?}");
        if text.ends_with('\n') {
            let followed = format!("{text}\nok");
            assert_eq!(read(followed.as_bytes(), 5), vec![wanted, (3, Some(b"ok".to_vec()))], "{text:?}");
        }
    }
}

#[test]
fn a_long_line_is_named_and_skipped() {
    let mut text = b"{\"a\":1}\n".to_vec();
    text.extend(std::iter::repeat_n(b'x', 10_000_000));
    text.extend_from_slice(b"\n\n{\"b\":2}");
    let seen = read(text.as_slice(), 1024 * 1024);
    assert_eq!(seen, vec![(1, Some(b"{\"a\":1}".to_vec())), (2, None), (4, Some(b"{\"b\":2}".to_vec()))]);
}

#[test]
fn an_endless_line_is_named_before_its_end() {
    let mut reader = Lines::with_bound(io::repeat(b'x'), 10_000);
    let (number, line) = reader.next_line().unwrap().unwrap();
    assert_eq!((number, line.unwrap_err().code()), (1, "too_long"));
}

#[test]
fn chunks_hold_whole_lines() {
    let mut chunks =
        LineChunks::with_bound(Pieces { bytes: b"a\nb\nc\n\nd\n12345678\ne", sizes: vec![5, 3], turn: 0 }, 6);
    let mut seen = Vec::new();
    while let Some(chunk) = chunks.next_chunk().expect("the reader works") {
        seen.push(String::from_utf8_lossy(chunk).into_owned());
    }
    // Only a part of the line that is too long is held.
    assert_eq!(seen, ["a\n", "b\nc\n\n", "d\n", "1234567", "e"]);
}

#[test]
fn a_failing_reader_is_reported() {
    struct Broken;
    impl Read for Broken {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            Err(io::Error::other("gone"))
        }
    }
    let mut reader = Lines::new(b"a\nb".chain(Broken));
    assert_eq!(reader.next_line().unwrap().unwrap().1, Ok(&b"a"[..]));
    assert_eq!(reader.next_line().unwrap_err().to_string(), "gone");
}

fn text() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        4 => vec(prop_oneof![Just(b'a'), Just(b' '), Just(b'\r'), any::<u8>()], 0..40),
        4 => Just(b"\n".to_vec()),
        1 => Just(b"\r\n".to_vec()),
        1 => (1_usize..400_000).prop_map(|size| vec![b'z'; size]),
    ];
    vec(piece, 0..30).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn lines_do_not_depend_on_how_the_reads_fall(
        text in text(),
        sizes in vec(prop_oneof![1_usize..50, 1_000_usize..300_000], 1..6),
        bound in prop_oneof![1_usize..60, 100_000_usize..500_000],
    ) {
        let pieces = Pieces { bytes: &text, sizes, turn: 0 };
        prop_assert_eq!(read(pieces, bound), expected(&text, bound));
        let of_slice: Vec<_> = lines(&text).map(|(number, line)| (number as u64, Some(line.to_vec()))).collect();
        prop_assert_eq!(of_slice, expected(&text, usize::MAX));
    }
}
