//! Archives of blocks, as a commit carries them.

use ipld_core::cid::Cid;
use ipld_core::ipld::Ipld;

use super::block::{Block, encode, map};

/// Writes an archive of version 1 with one root.
pub(crate) fn archive<'a>(root: Cid, blocks: impl IntoIterator<Item = &'a Block>) -> Vec<u8> {
    let header = encode(&map([("roots", Ipld::List(vec![Ipld::Link(root)])), ("version", Ipld::Integer(1))]));
    let mut bytes = Vec::new();
    write_length(header.len(), &mut bytes);
    bytes.extend_from_slice(&header);
    for block in blocks {
        let name = block.cid.to_bytes();
        write_length(name.len() + block.bytes.len(), &mut bytes);
        bytes.extend_from_slice(&name);
        bytes.extend_from_slice(&block.bytes);
    }
    bytes
}

/// Seven bits a byte, the lowest first.
fn write_length(length: usize, bytes: &mut Vec<u8>) {
    let mut rest = length;
    while rest > 0x7f {
        bytes.push(u8::try_from(rest & 0x7f).unwrap_or_default() | 0x80);
        rest >>= 7;
    }
    bytes.push(u8::try_from(rest).unwrap_or_default());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_written_in_sevens() {
        for (length, expected) in [(0, vec![0]), (127, vec![127]), (128, vec![0x80, 1]), (300, vec![0xac, 2])]
        {
            let mut bytes = Vec::new();
            write_length(length, &mut bytes);
            assert_eq!(bytes, expected, "{length}");
        }
    }

    #[test]
    fn an_archive_holds_its_header_and_its_blocks() {
        let block = Block::new(&map([("a", Ipld::Integer(1))]));
        let bytes = archive(block.cid, [&block]);
        let header = usize::from(bytes[0]);
        let section = &bytes[1 + header..];
        assert_eq!(usize::from(section[0]), 36 + block.bytes.len());
        assert_eq!(section[1..37], block.cid.to_bytes());
        assert_eq!(section[37..], block.bytes);
    }
}
