//! Hashtags, mentions and links in what people write.

/// What stands at a place of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A hashtag, without its sign.
    Tag(String),
    /// The name behind an `@`, as it was written.
    Mention(String),
    /// An address.
    Link(String),
}

/// A part of a text, in bytes, with its sign; the end is exclusive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Part {
    pub(crate) start: usize,
    pub(crate) end: usize,
    pub(crate) kind: Kind,
}

/// Finds hashtags, mentions and links, in order. Names may hold dots, hyphens and a host behind a second `@`.
pub(crate) fn parts(text: &str) -> Vec<Part> {
    let mut parts: Vec<Part> = Vec::new();
    let mut previous = None;
    for (start, sign) in text.char_indices() {
        let is_inside = parts.last().is_some_and(|part| start < part.end);
        let opens = previous.is_none_or(|before: char| !before.is_alphanumeric() && !"_&@/".contains(before));
        previous = Some(sign);
        if is_inside || !opens {
            continue;
        }
        let rest = text.get(start + sign.len_utf8()..).unwrap_or_default();
        let found = match sign {
            '#' | '＃' => tag(rest).map(|length| (length, Kind::Tag(cut(rest, length)))),
            '@' => name(rest).map(|length| (length, Kind::Mention(cut(rest, length)))),
            'h' => link(text.get(start..).unwrap_or_default())
                .map(|length| (length - 1, Kind::Link(cut(text.get(start..).unwrap_or_default(), length)))),
            _ => None,
        };
        if let Some((length, kind)) = found {
            parts.push(Part { start, end: start + sign.len_utf8() + length, kind });
        }
    }
    parts
}

fn cut(text: &str, length: usize) -> String {
    text.get(..length).unwrap_or_default().to_owned()
}

fn run(text: &str, belongs: impl Fn(char) -> bool) -> usize {
    text.char_indices().find(|(_, letter)| !belongs(*letter)).map_or(text.len(), |(end, _)| end)
}

fn tag(rest: &str) -> Option<usize> {
    let length = run(rest, |letter| letter.is_alphanumeric() || letter == '_');
    cut(rest, length).chars().any(char::is_alphabetic).then_some(length)
}

fn name(rest: &str) -> Option<usize> {
    let is_ascii = |letter: char| letter.is_ascii_alphanumeric() || "_-.@:".contains(letter);
    let length = cut(rest, run(rest, is_ascii)).trim_end_matches(['.', '-', '@', ':']).len();
    (length > 0).then_some(length)
}

fn link(text: &str) -> Option<usize> {
    let begins = text.starts_with("http://") || text.starts_with("https://");
    let length = run(text, |letter| !letter.is_whitespace());
    begins.then(|| cut(text, length).trim_end_matches(['.', ',', ')', '!', '?']).len())
}

/// A text with `&`, `<` and `>` escaped.
pub(crate) fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_of_a_text() {
        let table: [(&str, &[&str]); 7] = [
            ("🔥 yes please @northwind_shop #BuyKettle", &["@northwind_shop", "#BuyKettle"]),
            ("@shop.northwind.example, #buy!", &["@shop.northwind.example", "#buy"]),
            ("hi @ann@social.example. (#x1)", &["@ann@social.example", "#x1"]),
            ("a@b.c is a mail, and #2026 a year", &[]),
            ("see https://shop.example/a?b=c#d. #ok", &["https://shop.example/a?b=c#d", "#ok"]),
            ("＃größe", &["＃größe"]),
            ("at @localhost:8801 now", &["@localhost:8801"]),
        ];
        for (text, expected) in table {
            let found: Vec<&str> = parts(text).iter().map(|part| &text[part.start..part.end]).collect();
            assert_eq!(found, expected, "{text}");
        }
        let parts = parts("@a #B");
        assert_eq!(parts[0].kind, Kind::Mention("a".to_owned()));
        assert_eq!(parts[1].kind, Kind::Tag("B".to_owned()));
    }
}
