//! A set of characters, with one bit for each character of Unicode's first plane.

/// Characters that have a bit: nearly all that people write.
const CHARS: u32 = 1 << 16;

/// The characters of a rule that takes longer than a look into memory. Takes 8 KiB.
#[derive(Debug, Clone)]
pub struct CharSet(Box<[u64]>);

impl CharSet {
    /// The characters of the first plane for which `rule` holds. Asks it for each of them.
    #[must_use]
    pub fn of(rule: impl Fn(char) -> bool) -> Self {
        let mut bits: Box<[u64]> = vec![0; CHARS as usize / 64].into();
        for ch in (0..CHARS).filter_map(char::from_u32).filter(|ch| rule(*ch)) {
            if let Some(word) = bits.get_mut(ch as usize / 64) {
                *word |= 1 << (ch as usize % 64);
            }
        }
        Self(bits)
    }

    /// Whether the character is in the set; `None` for one beyond the first plane.
    #[must_use]
    pub fn contains(&self, ch: char) -> Option<bool> {
        self.0.get(ch as usize / 64).map(|word| word & (1 << (ch as usize % 64)) != 0)
    }
}

#[cfg(test)]
mod tests {
    use super::CharSet;

    #[test]
    fn it_has_the_characters_of_the_first_plane_for_which_the_rule_holds() {
        let rule = |ch: char| ch as u32 % 7 == 3;
        let set = CharSet::of(rule);
        for ch in '\0'..=char::MAX {
            let known = (ch <= '\u{FFFF}').then(|| rule(ch));
            assert_eq!(set.contains(ch), known, "{ch:?}");
        }
    }
}
