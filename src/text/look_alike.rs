//! Finds tags that look the same to a reader though they are different tags: `BuyKindle`, `BuyKind1e`,
//! `Buукindle`.
//!
//! Such a tag never sells: it is posted by mistake or to mislead, and the author gets an explanation. Two
//! offers must not have tags that buyers cannot tell apart. The measure is the skeleton of Unicode Technical
//! Standard 39, section 4.

use std::sync::LazyLock;

use smallvec::SmallVec;

use super::char_set::CharSet;
use super::folding::fold;
use super::hashtag::same_tag;

/// The appearance of a tag: two tags with equal skeletons look alike, in any case.
///
/// The tag is lowercased first, because its case does not matter and `I` looks like `l` while `i` does not.
/// The result is lowercased again, because a foreign capital may look like a Latin one (Cyrillic `К`). An `m`
/// that results from this is then written as other `m` are. A skeleton is not a tag, and not for display.
pub fn skeleton(tag: &str) -> String {
    let mut skeleton: String = unicode_security::skeleton(&tag.to_ascii_lowercase()).collect();
    skeleton.make_ascii_lowercase();
    if skeleton.contains('m') { skeleton.replace('m', "rn") } else { skeleton }
}

/// Whether two different tags look alike: as they are written (`BuyKindIe` with a capital `i`), in lower case,
/// or in their folded form.
pub fn look_alike(a: &str, b: &str) -> bool {
    let as_written = || unicode_security::skeleton(a).eq(unicode_security::skeleton(b));
    let folded = || !(a.is_ascii() && b.is_ascii()) && skeleton(&fold(a)) == skeleton(&fold(b));
    !same_tag(a, b) && (skeleton(a) == skeleton(b) || as_written() || folded())
}

/// A key that tags which look alike have in common. Inline up to the longest key of a Latin tag.
pub type Outline = SmallVec<[u8; 128]>;

/// The keys of a tag: any two tags that are equal or look alike share one, so that a lookup by each finds all
/// candidates. Most tags have one key only.
pub fn outlines(tag: &str) -> impl Iterator<Item = Outline> {
    let written = outline(tag);
    let folded = if tag.is_ascii() { None } else { Some(outline(&fold(tag))) };
    let folded = folded.filter(|folded| *folded != written);
    std::iter::once(written).chain(folded)
}

/// The skeleton of a tag, in which `i` and `l` are one letter: a capital `i` looks like `l` as it is written.
///
/// Every tag of every post passes through here. Tags of ASCII letters, digits and underscores are folded by
/// fixed rules.
pub fn outline(tag: &str) -> Outline {
    let mut outline = if tag.is_ascii() { ascii_skeleton(tag) } else { skeleton(tag).into_bytes().into() };
    for byte in outline.iter_mut().filter(|byte| **byte == b'i') {
        *byte = b'l';
    }
    outline
}

/// The skeleton of a tag of ASCII letters, digits and underscores.
pub fn ascii_skeleton(tag: &str) -> Outline {
    let mut skeleton = Outline::new();
    for byte in tag.bytes() {
        match byte.to_ascii_lowercase() {
            b'm' => skeleton.extend_from_slice(b"rn"),
            b'0' => skeleton.push(b'o'),
            b'1' => skeleton.push(b'l'),
            other => skeleton.push(other),
        }
    }
    skeleton
}

/// The characters of the first plane for which [`stands_for_ascii`] holds. The first tag beyond ASCII makes it.
static STAND_FOR_ASCII: LazyLock<CharSet> = LazyLock::new(|| CharSet::of(stands_for_ascii));

/// Whether a tag with this character may be, or look like, one of ASCII characters: the character resembles
/// some, or is folded to some, or cannot be seen.
///
/// Every tag beyond ASCII of a firehose passes through here, so most answers are looked up.
pub fn may_stand_for_ascii(ch: char) -> bool {
    STAND_FOR_ASCII.contains(ch).unwrap_or_else(|| stands_for_ascii(ch))
}

fn stands_for_ascii(ch: char) -> bool {
    let is_ascii = |shown: char| shown.is_ascii_alphanumeric() || shown == '_';
    let mut bytes = [0; 4];
    let text = &*ch.encode_utf8(&mut bytes);
    ch.is_ascii() || fold(text).is_ascii() || unicode_security::skeleton(text).all(is_ascii)
}

#[cfg(test)]
mod tests {
    use super::{may_stand_for_ascii, stands_for_ascii};

    #[test]
    fn what_ascii_can_be_written_with_is_known() {
        for ch in ['a', '_', 'Ａ', 'ſ', 'ß', 'ı', 'а', 'ﬁ', 'К', '\u{200d}', '丅', '丫', '𝐁', '\u{212a}']
        {
            assert!(may_stand_for_ascii(ch), "{ch:?}");
        }
        for ch in ['é', 'ä', 'ж', 'セ', '写', '한', 'ख', '😀'] {
            assert!(!may_stand_for_ascii(ch), "{ch:?}");
        }
    }

    #[test]
    fn what_is_looked_up_is_the_rule() {
        for ch in '\0'..=char::MAX {
            assert_eq!(may_stand_for_ascii(ch), stands_for_ascii(ch), "{ch:?}");
        }
    }
}
