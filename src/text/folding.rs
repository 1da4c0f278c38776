//! Folds words to the form in which tags are compared: by NFKC and case folding, as networks compare them.

use compact_str::CompactString;
use unicode_normalization::UnicodeNormalization;

/// The form that all spellings of a word share: `ＢＵＹ`, `Buy` and `buy`, `STRASSE` and `straße`, `ｾｰﾙ` and
/// `セール`.
#[must_use]
pub fn fold(word: &str) -> CompactString {
    if word.is_ascii() {
        let mut folded = CompactString::new(word);
        folded.make_ascii_lowercase();
        return folded;
    }
    // Folding may leave a letter apart from its mark.
    word.nfkc().flat_map(folded).nfkc().collect()
}

/// The full case folding of a character. Unicode's table is what remains of a letter whose small form is
/// made large and small again, apart from the letter `ı`, which is not folded.
fn folded(ch: char) -> impl Iterator<Item = char> {
    let is_kept = ch == 'ı';
    let large = ch.to_lowercase().flat_map(char::to_uppercase);
    std::iter::once(ch)
        .filter(move |_| is_kept)
        .chain(large.flat_map(char::to_lowercase).filter(move |_| !is_kept))
}

#[cfg(test)]
mod tests {
    use super::fold;

    #[test]
    fn spellings_of_a_word_are_folded_to_one_form() {
        let table: [(&str, &[&str]); 12] = [
            ("buykindle", &["BuyKindle", "BUYKINDLE", "ＢｕｙＫｉｎｄｌｅ", "𝐁𝐮𝐲𝐊𝐢𝐧𝐝𝐥𝐞", "Buy\u{212a}indle"]),
            ("strasse", &["Straße", "STRASSE", "STRAẞE", "ſtraſſe"]),
            ("töpfe", &["TÖPFE", "To\u{308}pfe", "TO\u{308}PFE"]),
            ("セール", &["ｾｰﾙ", "セール"]),
            ("ゼミ", &["ｾﾞﾐ", "セ\u{3099}ミ"]),
            ("사기", &["\u{1109}\u{1161}\u{1100}\u{1175}"]),
            ("купить", &["КУПИТЬ", "Купить"]),
            ("σίσυφοσ", &["ΣΊΣΥΦΟΣ", "Σίσυφος"]),
            ("i\u{307}stanbul", &["İstanbul"]),
            ("kıt", &["Kıt"]),
            ("kit", &["KIT"]),
            ("खरीदो", &["खरीदो"]),
        ];
        for (folded, spellings) in table {
            assert_eq!(fold(folded), folded, "the form is its own");
            for spelling in spellings {
                assert_eq!(fold(spelling), folded, "{spelling}");
            }
        }
    }

    #[test]
    fn every_character_is_folded_for_good() {
        for ch in '\0'..=char::MAX {
            let once = fold(ch.encode_utf8(&mut [0; 4]));
            assert_eq!(fold(&once), once, "{ch:?}");
        }
    }
}
