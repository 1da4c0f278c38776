//! Stored bytes as the pinned lines write them, in hexadecimal digits.

use std::fmt::Write as _;

use serde::Serialize;
use serde::de::DeserializeOwned;

/// The pinned bytes in hex.
pub(super) fn hex(value: &impl Serialize) -> String {
    hex_of(&postcard::to_stdvec(value).expect("it is written"))
}

pub(super) fn hex_of(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut hex, byte| {
        write!(hex, "{byte:02x}").expect("a string takes it");
        hex
    })
}

fn bytes_of(hex: &str) -> Vec<u8> {
    let digits = hex.as_bytes().chunks(2).map(|two| std::str::from_utf8(two).expect("two digits"));
    digits.map(|two| u8::from_str_radix(two, 16).expect("two digits")).collect()
}

pub(super) fn form<T: Serialize + DeserializeOwned + PartialEq + std::fmt::Debug>(value: &T) -> String {
    let bytes = postcard::to_stdvec(value).expect("it is written");
    let (read, rest): (T, &[u8]) = postcard::take_from_bytes(&bytes).expect("it is read");
    assert_eq!(&read, value, "it reads back as it was written");
    assert!(rest.is_empty(), "it reads back whole");
    for cut in 0..bytes.len() {
        let torn = postcard::from_bytes::<T>(bytes.get(..cut).expect("a part"));
        assert!(torn.is_err(), "torn after {cut} bytes it was read as {torn:?}");
    }
    let json = serde_json::to_string(value).expect("it is exported");
    let exported: T = serde_json::from_str(&json).expect("an export is read");
    assert_eq!(&exported, value, "the export of the history is complete");
    hex(value)
}

pub(super) fn pinned(forms: &str, kind: &str) -> Vec<Vec<u8>> {
    let lines = forms.lines().filter_map(|line| line.split_once(' '));
    lines.filter(|(of, _)| *of == kind).map(|(_, hex)| bytes_of(hex)).collect()
}
