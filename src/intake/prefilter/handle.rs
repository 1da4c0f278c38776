//! Finds the shop's handles in the raw bytes of lines.

use memchr::memchr_iter;

/// The bytes of handles, from the rarest in lines to the most frequent: ids are digits, and letters are as
/// frequent as in English.
const BY_RARITY: &[u8] = b"zqjkxvbwpygfmudchlnirsoat-._5986734201e";

/// Bytes of a handle that are searched for at once, in each of their spellings.
const PIECE_BYTES: usize = 3;

/// A handle, matched in any letter case.
#[derive(Debug, Clone)]
pub(super) struct Handle {
    /// The handle in lower case; not empty.
    name: Box<[u8]>,
    /// Offset of the handle's rarest piece.
    piece_at: usize,
}

impl Handle {
    /// Prepares a handle; `None` if it is empty.
    pub(super) fn new(name: &str) -> Option<Self> {
        let name = name.to_ascii_lowercase().into_bytes().into_boxed_slice();
        let rarity = |byte: &u8| BY_RARITY.iter().position(|known| known == byte).unwrap_or(BY_RARITY.len());
        let pieces = name.windows(PIECE_BYTES.min(name.len()).max(1)).enumerate();
        let (piece_at, _) = pieces.min_by_key(|(_, piece)| piece.iter().map(rarity).sum::<usize>())?;
        Some(Self { name, piece_at })
    }

    /// The spellings of the handle's rarest piece: wherever the handle occurs, one of them does.
    pub(super) fn pieces(&self) -> Vec<Vec<u8>> {
        let from = self.name.get(self.piece_at..).unwrap_or_default();
        spellings(from.get(..PIECE_BYTES).unwrap_or(from))
    }

    /// Whether the handle occurs in the line with its piece at `at`.
    pub(super) fn occurs_around(&self, line: &[u8], at: usize) -> bool {
        let start = at.checked_sub(self.piece_at);
        let candidate = start.and_then(|start| line.get(start..start + self.name.len()));
        candidate.is_some_and(|candidate| candidate.eq_ignore_ascii_case(&self.name))
    }

    /// Whether an HTML tag may interrupt the handle somewhere in the line, as in `@Amex<wbr>Sync`. If so, the
    /// handle's beginning is right before the tag, and right behind the `@` or the end of another tag.
    pub(super) fn may_be_interrupted_in(&self, line: &[u8]) -> bool {
        memchr_iter(b'<', line).any(|at| {
            let before = line.get(..at).unwrap_or_default();
            (1..self.name.len()).any(|length| {
                let begin = self.name.get(..length).unwrap_or_default();
                let parts = before.len().checked_sub(length).and_then(|cut| before.split_at_checked(cut));
                parts.is_some_and(|(rest, part)| part.eq_ignore_ascii_case(begin) && ends_sign_or_tag(rest))
            })
        })
    }
}

/// Short bytes in every combination of letter cases.
fn spellings(piece: &[u8]) -> Vec<Vec<u8>> {
    let mut spellings = vec![Vec::new()];
    for byte in piece {
        let upper = Some(byte.to_ascii_uppercase()).filter(|upper| upper != byte);
        let longer = |spelling: Vec<u8>| {
            let ends = std::iter::once(*byte).chain(upper);
            ends.map(move |end| spelling.iter().copied().chain([end]).collect())
        };
        spellings = spellings.into_iter().flat_map(longer).collect();
    }
    spellings
}

/// Whether a name may begin after these bytes: the full-width `＠` may be escaped.
fn ends_sign_or_tag(before: &[u8]) -> bool {
    let tail = before.get(before.len().saturating_sub(6)..).unwrap_or_default();
    before.ends_with(b"@")
        || before.ends_with(b">")
        || before.ends_with("＠".as_bytes())
        || tail.eq_ignore_ascii_case(b"\\uff20")
}

#[cfg(test)]
mod tests {
    use super::Handle;

    /// Whether one of the handle's pieces finds it in the line.
    fn occurs_in(handle: &Handle, line: &[u8]) -> bool {
        let found = |at: usize, piece: &[u8]| line.get(at..).is_some_and(|rest| rest.starts_with(piece));
        let pieces = handle.pieces();
        (0..line.len())
            .any(|at| pieces.iter().any(|piece| found(at, piece)) && handle.occurs_around(line, at))
    }

    #[test]
    fn a_handle_is_found_in_any_case_at_any_position() {
        let table = [
            ("AmexSync", "AmexSync", true),
            ("AmexSync", "say @AMEXSYNC stop", true),
            ("AmexSync", "xxx amexsynx amexsync", true),
            ("AmexSync", "amexsyn", false),
            ("AmexSync", "mexsync", false),
            ("AmexSync", "", false),
            ("a_1.b-2", "@A_1.B-2", true),
            ("7", "1717", true),
            ("no", "yes and No", true),
            ("zazab", "zazazAB", true),
            ("AmexSync", "e e x exs exsync amexexsync aMEXsYNC", true),
        ];
        for (handle, line, found) in table {
            let occurs = occurs_in(&Handle::new(handle).unwrap(), line.as_bytes());
            assert_eq!(occurs, found, "{handle} in {line}");
        }
        assert!(Handle::new("").is_none());
    }

    #[test]
    fn a_handle_is_interrupted_only_by_a_tag_inside_it() {
        let table = [
            ("@Amex<wbr>Sync", true),
            ("＠a<b>mexsync</b>", true),
            (r"\uFF20a<b>mexsync</b>", true),
            (r"\uff21a<b>mexsync</b>", false),
            ("@<b></b><i>AMEXSYN</i>c", true),
            ("@<span>bob</span> said a<br>", false),
            ("@AmexSync<br>", false),
            ("amex<", false),
            ("<", false),
        ];
        for (line, interrupted) in table {
            let handle = Handle::new("AmexSync").unwrap();
            assert_eq!(handle.may_be_interrupted_in(line.as_bytes()), interrupted, "{line}");
        }
    }
}
