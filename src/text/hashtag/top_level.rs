//! Finds a top-level domain at a place in a text.
//!
//! twitter-text carries its own lists (`validGTLD`, `validCCTLD`, last updated in 2020). Here it is the root
//! zone itself, as of the `tld` crate: domains that were delegated since are known, those that left it
//! (`.abarth`, `.an`) and those that were never in it (`.onion`) are not.

use compact_str::CompactString;

use super::punycode;

/// The longest top-level domain that is worth trying, in characters.
const LONGEST: usize = 24;

/// The end of the top-level domain that starts at byte `start`, the longest if several fit.
///
/// As in twitter-text the domain must not run on into an ASCII letter, a digit, `@`, `+` or `-`; any other
/// character may follow directly, because Japanese and others write no space: `example.comです`.
pub(super) fn top_level_end(text: &str, start: usize) -> Option<usize> {
    let rest = text.get(start..)?;
    if let Some(end) = encoded_len(rest) {
        return Some(start + end);
    }
    let mut longest = None;
    for (count, (at, _)) in rest.char_indices().skip(1).chain([(rest.len(), ' ')]).enumerate() {
        let (name, after) = rest.split_at_checked(at)?;
        if count >= LONGEST || name.ends_with(|c: char| !may_be_inside(c)) {
            break;
        }
        if !after.starts_with(|c: char| c.is_ascii_alphanumeric() || matches!(c, '@' | '+' | '-'))
            && exists(name)
        {
            longest = Some(start + at);
        }
    }
    longest
}

/// Anything of the form `xn--…`: twitter-text does not look these up.
fn encoded_len(rest: &str) -> Option<usize> {
    let prefix = rest.get(..punycode::PREFIX.len())?;
    let name = rest.get(punycode::PREFIX.len()..)?;
    let len = name.find(|c: char| !(c.is_ascii_alphanumeric() || c == '-')).unwrap_or(name.len());
    (prefix.eq_ignore_ascii_case(punycode::PREFIX) && len > 0).then_some(punycode::PREFIX.len() + len)
}

/// Names are letters, and marks in Indic scripts; nothing in ASCII but letters.
fn may_be_inside(c: char) -> bool {
    c.is_ascii_alphabetic() || super::chars::is_letter(c)
}

fn exists(name: &str) -> bool {
    if name.is_ascii() {
        return tld::exist(&CompactString::from_str_to_lowercase(name));
    }
    punycode::to_ascii(&name.to_lowercase()).is_some_and(|ascii| tld::exist(&ascii))
}
