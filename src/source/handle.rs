//! The shop's handles in the raw bytes of lines.

use memchr::{memchr_iter, memchr2_iter};

/// The bytes of handles from those that lines have few of to those that fill them. A search looks for the
/// rarest byte first; ids are digits, and letters are as frequent as in English.
const BY_RARITY: &[u8] = b"zqjkxvbwpygfmudchlnirsoat-._5986734201e";

/// A handle, looked for in any case.
#[derive(Debug, Clone)]
pub(super) struct Handle {
    /// In lower case, and not empty.
    name: Box<[u8]>,
    rarest: u8,
    rarest_at: usize,
}

impl Handle {
    /// A handle to look for; nothing if it is empty.
    pub(super) fn new(name: &str) -> Option<Self> {
        let name = name.to_ascii_lowercase().into_bytes().into_boxed_slice();
        let rarity = |byte: u8| BY_RARITY.iter().position(|known| *known == byte).unwrap_or(BY_RARITY.len());
        let rarest = name.iter().copied().enumerate().min_by_key(|(_, byte)| rarity(*byte));
        rarest.map(|(rarest_at, rarest)| Self { name, rarest, rarest_at })
    }

    /// Whether the handle stands somewhere in the line.
    pub(super) fn stands_in(&self, line: &[u8]) -> bool {
        memchr2_iter(self.rarest, self.rarest.to_ascii_uppercase(), line).any(|at| {
            let start = at.checked_sub(self.rarest_at);
            let there = start.and_then(|start| line.get(start..start + self.name.len()));
            there.is_some_and(|there| there.eq_ignore_ascii_case(&self.name))
        })
    }

    /// Whether an HTML tag may interrupt the handle somewhere in the line, as in `@Amex<wbr>Sync`: then its
    /// beginning stands before the tag, and right after the `@` or the end of another tag.
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

    #[test]
    fn a_handle_is_found_in_any_case_and_at_any_place() {
        let table = [
            ("AmexSync", "AmexSync", true),
            ("AmexSync", "say @AMEXSYNC stop", true),
            ("AmexSync", "xxx amexsynx amexsync", true),
            ("AmexSync", "amexsyn", false),
            ("AmexSync", "mexsync", false),
            ("AmexSync", "", false),
            ("a_1.b-2", "@A_1.B-2", true),
            ("7", "1717", true),
        ];
        for (handle, line, found) in table {
            assert_eq!(Handle::new(handle).unwrap().stands_in(line.as_bytes()), found, "{handle} in {line}");
        }
        assert!(Handle::new("").is_none());
    }

    #[test]
    fn only_a_tag_within_the_handle_interrupts_it() {
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
