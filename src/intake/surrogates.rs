//! Mends halves of surrogate pairs in JSON escapes, as programs leave them that cut a text within an emoji.

/// The digits of the escape that stands for what cannot be shown.
const REPLACEMENT: &str = "fffd";

/// The text with every escaped half of a surrogate pair replaced. Escapes of frames within frames, which repeat
/// the backslash, are mended as well.
pub(super) fn without_lone_surrogates(text: &str) -> String {
    let mut mended = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = memchr::memchr(b'\\', rest.as_bytes()) {
        let (before, from) = rest.split_at(at);
        mended.push_str(before);
        let (kept, after) = match Escape::at(from) {
            None => split(from, 1),
            Some(high) if (0xD800..0xDC00).contains(&high.code) => {
                match Escape::at(high.rest).filter(|low| low.is_low() && low.backslashes == high.backslashes)
                {
                    Some(low) => split(from, from.len() - low.rest.len()),
                    None => high.replaced(&mut mended),
                }
            }
            Some(low) if low.is_low() => low.replaced(&mut mended),
            Some(other) => split(from, from.len() - other.rest.len()),
        };
        mended.push_str(kept);
        rest = after;
    }
    mended.push_str(rest);
    mended
}

fn split(text: &str, at: usize) -> (&str, &str) {
    text.split_at_checked(at).unwrap_or((text, ""))
}

/// An escape of four digits, with one or more backslashes.
struct Escape<'a> {
    backslashes: &'a str,
    code: u32,
    rest: &'a str,
}

impl<'a> Escape<'a> {
    /// The escape that the text begins with.
    fn at(text: &'a str) -> Option<Self> {
        let digits = text.trim_start_matches('\\').strip_prefix('u')?;
        let (backslashes, _) = text.split_at_checked(text.len() - digits.len() - 1)?;
        let (code, rest) = digits.split_at_checked(REPLACEMENT.len())?;
        let code = u32::from_str_radix(code, 16)
            .ok()
            .filter(|_| !code.starts_with('+') && !backslashes.is_empty())?;
        Some(Self { backslashes, code, rest })
    }

    fn is_low(&self) -> bool {
        (0xDC00..0xE000).contains(&self.code)
    }

    /// Writes the replacement, and returns what else to write, which is nothing, and the rest.
    fn replaced(&self, mended: &mut String) -> (&'static str, &'a str) {
        mended.push_str(self.backslashes);
        mended.push('u');
        mended.push_str(REPLACEMENT);
        ("", self.rest)
    }
}

#[cfg(test)]
mod tests {
    use super::without_lone_surrogates;

    #[test]
    fn only_halves_are_replaced() {
        let table = [
            ("plain é", "plain é"),
            (r"\ud83d\ude2d", r"\ud83d\ude2d"),
            (r"a\ud83d", r"a\ufffd"),
            (r"\ud83d\ude2d\ud83d...", r"\ud83d\ude2d\ufffd..."),
            (r"\ude2d\ud83d", r"\ufffd\ufffd"),
            (r"\ud83d\ud83d\ude2d", r"\ufffd\ud83d\ude2d"),
            (r"\uD83D\n", r"\ufffd\n"),
            (r#"\"\\ \u0041\ud83"#, r#"\"\\ \u0041\ud83"#),
            // A frame within a frame.
            (r"\\ud83d\\ude2d \\ud83d", r"\\ud83d\\ude2d \\ufffd"),
            (r"\u+123\", r"\u+123\"),
            ("\\ué", "\\ué"),
        ];
        for (text, mended) in table {
            assert_eq!(without_lone_surrogates(text), mended, "{text}");
        }
    }
}
