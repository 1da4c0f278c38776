//! The known word nearest to a misspelled one.

/// Upper bound on the length of words. Longer words are not typing errors, and a comparison takes the product
/// of both lengths.
const WORD_BYTES_MAX: usize = 64;

/// The known word nearest to `word`, if one is near enough for a typing error.
pub(crate) fn nearest<'k>(word: &str, known: impl IntoIterator<Item = &'k str>) -> Option<&'k str> {
    if word.len() > WORD_BYTES_MAX {
        return None;
    }
    let word = word.to_ascii_lowercase();
    let rated = known.into_iter().map(|name| (distance(&word, &name.to_ascii_lowercase()), name));
    let (errors, name) = rated.min()?;
    (errors <= (word.len() / 3).max(1)).then_some(name)
}

/// The number of letters to insert, remove or change; two letters that changed places count as one.
fn distance(left: &str, right: &str) -> usize {
    let right: Vec<char> = right.chars().collect();
    let mut above: Vec<usize> = Vec::new();
    let mut row: Vec<usize> = (0..=right.len()).collect();
    let mut before = None;
    for (i, a) in left.chars().enumerate() {
        let mut next = vec![i + 1];
        for (j, &b) in right.iter().enumerate() {
            let at = |cells: &[usize], index: usize| cells.get(index).copied().unwrap_or(usize::MAX / 2);
            let mut cost = (at(&row, j) + usize::from(a != b)).min(at(&row, j + 1) + 1).min(at(&next, j) + 1);
            let swapped = j > 0 && before == Some(b) && right.get(j - 1) == Some(&a);
            if swapped {
                cost = cost.min(at(&above, j - 1) + 1);
            }
            next.push(cost);
        }
        above = std::mem::replace(&mut row, next);
        before = Some(a);
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn only_near_words_are_found() {
        let known = ["price", "title", "units", "waitlist", "waitlist_max"];
        let table = [
            ("pirce", Some("price")),
            ("Title", Some("title")),
            ("unit", Some("units")),
            ("wait_list", Some("waitlist")),
            ("waitlistmax", Some("waitlist_max")),
            ("colour", None),
            ("", None),
        ];
        for (word, meant) in table {
            assert_eq!(nearest(word, known), meant, "{word}");
        }
        assert_eq!(nearest(&"x".repeat(1_000_000), known), None);
    }
}
