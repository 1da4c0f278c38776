//! The blocks of a commit: an archive of blocks, each under the hash of its content.

use std::collections::BTreeMap;

use ipld_core::cid::Cid;
use sha2::{Digest, Sha256};

/// Code of the hash that repositories use.
const SHA2_256: u64 = 0x12;
/// Code of the encoding of records.
const DAG_CBOR: u64 = 0x71;
/// Upper bound on the blocks of a commit.
const BLOCKS_MAX: usize = 100_000;

/// The blocks of an archive, by the bytes of their names. A tree, because authors choose the names.
#[derive(Debug, Default)]
pub(super) struct Blocks<'a>(BTreeMap<&'a [u8], &'a [u8]>);

impl<'a> Blocks<'a> {
    /// Reads an archive; `None` if it is none.
    pub(super) fn read(archive: &'a [u8]) -> Option<Self> {
        let mut rest = archive;
        // The header names the roots, which the commit names as well.
        section(&mut rest)?;
        let mut blocks = BTreeMap::new();
        while !rest.is_empty() {
            let section = section(&mut rest)?;
            let mut content = section;
            Cid::read_bytes(&mut content).ok()?;
            let name = section.get(..section.len() - content.len())?;
            if blocks.len() >= BLOCKS_MAX {
                return None;
            }
            blocks.insert(name, content);
        }
        Some(Self(blocks))
    }

    /// The content of a record; `None` if the archive does not have it, or has another content under its name.
    pub(super) fn record(&self, cid: &Cid) -> Option<&'a [u8]> {
        let hash = cid.hash();
        let block = *self.0.get(cid.to_bytes().as_slice())?;
        let is_known = cid.codec() == DAG_CBOR && hash.code() == SHA2_256;
        (is_known && Sha256::digest(block).as_slice() == hash.digest()).then_some(block)
    }
}

/// Takes the next section: a length, and that many bytes.
fn section<'a>(rest: &mut &'a [u8]) -> Option<&'a [u8]> {
    let length = varint(rest)?;
    let (section, after) = rest.split_at_checked(usize::try_from(length).ok()?)?;
    *rest = after;
    Some(section)
}

/// Takes a number in groups of seven bits, of at most nine bytes and in its shortest form.
fn varint(rest: &mut &[u8]) -> Option<u64> {
    let mut number = 0_u64;
    for place in 0..9 {
        let (byte, after) = rest.split_first()?;
        *rest = after;
        number |= u64::from(byte & 0x7f) << (7 * place);
        if byte & 0x80 == 0 {
            let is_shortest = *byte != 0 || place == 0;
            return is_shortest.then_some(number);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::varint;

    #[test]
    fn lengths_are_bounded_and_have_one_form() {
        let table: &[(&[u8], Option<u64>)] = &[
            (&[0], Some(0)),
            (&[0x7f], Some(127)),
            (&[0x80, 0x01], Some(128)),
            (&[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f], Some((1 << 63) - 1)),
            (&[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01], None),
            (&[0x80, 0x00], None),
            (&[0x80], None),
            (&[], None),
        ];
        for (bytes, number) in table {
            let mut rest = *bytes;
            assert_eq!(varint(&mut rest), *number, "{bytes:?}");
        }
    }
}
