//! The content of a journal: frames, and the records in them.

use flashtag::api::history_line::write_history;
use flashtag::control;
use flashtag::journal::frame::{Decoded, decode, encode};
use flashtag::partition::codec;
use flashtag::verify::{Checker, Ending, read_history};

use super::partition;

/// Bytes that decode as a frame encode to the same frame again, and bytes that decode as a record encode to
/// the same record again, of a partition or of control. The auditor reads any record without a panic.
pub fn run(data: &[u8]) {
    if let Decoded::Record(frame) = decode(data) {
        let mut again = Vec::new();
        encode(&mut again, frame.sequence, frame.position, frame.payload);
        assert_eq!(Some(again.as_slice()), data.get(..frame.bytes()), "a frame changed");
        assert!(frame.group_first() >= 1);
    }
    if let Ok(record) = control::codec::decode(data) {
        let written = control::codec::encode(&record, Vec::new());
        assert_eq!(control::codec::decode(&written), Ok(record), "a record of control changed");
    }
    let Ok((form, record)) = codec::decode(data) else { return };
    let written = codec::encode(form, &record, Vec::new());
    let (_, read) = codec::decode(&written).expect("what was written can be read");
    assert_eq!(read, record, "a record changed");
    let mut checker = Checker::new(Ending::Open);
    checker.read(0, 1, &record);
    assert!(!checker.finish().to_string().is_empty());
    let mut line = Vec::new();
    write_history(&mut line, 0, 1, form, &record).expect("memory can be written to");
    let line = String::from_utf8(line).expect("history is text");
    match read_history(&line) {
        Ok((_, _, told)) => assert_eq!(told, record, "a record changed in the history"),
        // Longer than any offer file allows: the fuzzer can make such a record, but no engine does.
        Err(fault) => assert!(fault.to_string().contains("not a length of time"), "{fault}"),
    }
}

/// The records of a short sale, and each of them in a frame.
pub fn seeds() -> Vec<Vec<u8>> {
    let payloads = partition::payloads();
    let framed = payloads.iter().zip(1..).map(|(payload, sequence)| {
        let mut frame = Vec::new();
        encode(&mut frame, sequence, 0, payload);
        frame
    });
    payloads.iter().cloned().chain(framed).collect()
}
