//! What lies in a journal: frames, and the records in them.

use flashtag::journal::frame::{Decoded, decode, encode};
use flashtag::partition::codec;
use flashtag::verify::{Checker, Ending, read_history, write_history};

use super::partition;

/// Bytes are a frame that says the same when it is written again, or none; a payload is a record that says
/// the same when it is written again, or none. The auditor reads any record without a panic.
pub fn run(data: &[u8]) {
    if let Decoded::Record(frame) = decode(data) {
        let mut again = Vec::new();
        encode(&mut again, frame.sequence, frame.position, frame.payload);
        assert_eq!(Some(again.as_slice()), data.get(..frame.bytes()), "a frame changed");
        assert!(frame.group_first() >= 1);
    }
    let Ok((form, record)) = codec::decode(data) else { return };
    let written = codec::encode(form, &record, Vec::new());
    let (_, read) = codec::decode(&written).expect("what was written can be read");
    assert_eq!(read, record, "a record changed");
    let mut checker = Checker::new(Ending::Open);
    checker.read(0, 1, &record);
    assert!(!checker.finish().to_string().is_empty());
    let mut line = Vec::new();
    write_history(&mut line, 0, 1, &record).expect("memory can be written to");
    let line = String::from_utf8(line).expect("history is text");
    match read_history(&line) {
        Ok((_, _, told)) => assert_eq!(told, record, "a record changed in the history"),
        // Longer than any offer file may say: such a record can be made up, and is never made.
        Err(fault) => assert!(fault.to_string().contains("not a length of time"), "{fault}"),
    }
}

/// The records of a short sale, and a frame around each.
pub fn seeds() -> Vec<Vec<u8>> {
    let payloads = partition::payloads();
    let framed = payloads.iter().zip(1..).map(|(payload, sequence)| {
        let mut frame = Vec::new();
        encode(&mut frame, sequence, 0, payload);
        frame
    });
    payloads.iter().cloned().chain(framed).collect()
}
