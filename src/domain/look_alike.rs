//! Finds tags that look the same to a reader though they are different tags: `BuyKindle`, `BuyKind1e`,
//! `Buукindle`.
//!
//! Such a tag never sells (somebody posts it by mistake or to mislead); it is explained. And two offers must
//! not have tags that buyers cannot tell apart. The measure is the skeleton of Unicode Technical Standard 39,
//! section 4.

use super::hashtag::same_tag;

/// What a tag looks like: two tags with one skeleton look alike, whatever their case.
///
/// Lower case comes first, because a tag's case does not matter and `I` looks like `l` while `i` does not;
/// and again at the end, because a foreign capital may look like a Latin one (Cyrillic `К`). Not a tag, and
/// not for display.
pub fn skeleton(tag: &str) -> String {
    let mut skeleton: String = unicode_security::skeleton(&tag.to_ascii_lowercase()).collect();
    skeleton.make_ascii_lowercase();
    skeleton
}

/// Whether two different tags look alike: in any case, or as they are written (`BuyKindIe` with a capital
/// `i`).
pub fn look_alike(a: &str, b: &str) -> bool {
    let as_written = || unicode_security::skeleton(a).eq(unicode_security::skeleton(b));
    !same_tag(a, b) && (skeleton(a) == skeleton(b) || as_written())
}
