//! Finds a top-level domain at a position in a text.
//!
//! twitter-text has its own lists (`validGTLD`, `validCCTLD`, last updated in 2020). This code uses the root
//! zone, as of the `tld` crate: it finds domains that were delegated since, and not those that were removed
//! (`.abarth`, `.an`) or never in the zone (`.onion`).

use compact_str::CompactString;

use super::punycode;

/// The length of the longest top-level domain that is tried, in characters.
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

/// Anything of the form `xn--…`, which twitter-text does not look up either.
fn encoded_len(rest: &str) -> Option<usize> {
    let prefix = rest.get(..punycode::PREFIX.len())?;
    let name = rest.get(punycode::PREFIX.len()..)?;
    let len = name.find(|c: char| !(c.is_ascii_alphanumeric() || c == '-')).unwrap_or(name.len());
    (prefix.eq_ignore_ascii_case(punycode::PREFIX) && len > 0).then_some(punycode::PREFIX.len() + len)
}

/// A character of a name: letters, marks in Indic scripts, and in ASCII letters only.
fn may_be_inside(c: char) -> bool {
    c.is_ascii_alphabetic() || super::chars::is_letter(c)
}

fn exists(name: &str) -> bool {
    if name.is_ascii() {
        return tld::exist(&CompactString::from_str_to_lowercase(name));
    }
    punycode::to_ascii(&name.to_lowercase()).is_some_and(|ascii| tld::exist(&ascii))
}
