//! Finds tags that look the same to a reader though they are different tags: `BuyKindle`, `BuyKind1e`,
//! `Buукindle`.
//!
//! Such a tag never sells: it is posted by mistake or to mislead, and the author gets an explanation. Two
//! offers must not have tags that buyers cannot tell apart. The measure is the skeleton of Unicode Technical
//! Standard 39, section 4.

use smallvec::SmallVec;

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

/// Whether two different tags look alike: as they are written (`BuyKindIe` with a capital `i`), or in lower
/// case.
pub fn look_alike(a: &str, b: &str) -> bool {
    let as_written = || unicode_security::skeleton(a).eq(unicode_security::skeleton(b));
    !same_tag(a, b) && (skeleton(a) == skeleton(b) || as_written())
}

/// A skeleton of ASCII characters. Inline up to the longest skeleton of an offer's tag.
pub type AsciiSkeleton = SmallVec<[u8; 128]>;

/// The skeleton of a tag if it is all ASCII, as the skeletons of the offers' tags are.
///
/// Every tag of every post passes through here. Tags of ASCII letters, digits and underscores are folded by
/// fixed rules. For other tags the first character that resembles no ASCII character decides.
pub fn ascii_skeleton(tag: &str) -> Option<AsciiSkeleton> {
    if !tag.is_ascii() {
        return tag.chars().all(looks_ascii).then(|| skeleton(tag).into_bytes().into());
    }
    let mut skeleton = AsciiSkeleton::new();
    for byte in tag.bytes() {
        match byte.to_ascii_lowercase() {
            b'm' => skeleton.extend_from_slice(b"rn"),
            b'0' => skeleton.push(b'o'),
            b'1' => skeleton.push(b'l'),
            other => skeleton.push(other),
        }
    }
    Some(skeleton)
}

/// Whether a character resembles one or several ASCII characters.
pub fn looks_ascii(ch: char) -> bool {
    ch.is_ascii() || unicode_security::skeleton(ch.encode_utf8(&mut [0; 4])).all(|shown| shown.is_ascii())
}

/// A key that is equal for any two tags that are equal or look alike, so that one lookup finds all
/// candidates. `i` and `l` are one letter here, because a capital `i` looks like `l` as it is written.
pub fn outline(tag: &str) -> Option<AsciiSkeleton> {
    let mut outline = ascii_skeleton(tag)?;
    for byte in outline.iter_mut().filter(|byte| **byte == b'i') {
        *byte = b'l';
    }
    Some(outline)
}
