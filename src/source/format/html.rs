//! From HTML to the text that readers see, as far as posts use it.

/// Undoes the escaping that X applies to the text of a post: `&amp;`, `&lt;` and `&gt;`, once. What
/// else looks like a character reference was typed by the author.
pub(super) fn unescape_basic(text: &str) -> String {
    unescape(text, &[("&amp;", '&'), ("&lt;", '<'), ("&gt;", '>')])
}

/// The text of a Mastodon post: tags gone, paragraphs and breaks as line feeds, references resolved.
pub(super) fn to_text(html: &str) -> String {
    let mut text = String::with_capacity(html.len());
    let mut rest = html;
    while let Some((before, tagged)) = rest.split_once('<') {
        text.push_str(before);
        let Some((tag, after)) = tagged.split_once('>') else {
            // A lone `<` cannot come from a well-formed server; it is text then.
            text.push('<');
            rest = tagged;
            continue;
        };
        let name = tag.trim_start_matches('/').split(|ch: char| !ch.is_ascii_alphanumeric()).next();
        let breaks = name.is_some_and(|name| name.eq_ignore_ascii_case("br"));
        let ends = tag.starts_with('/') && name.is_some_and(|name| name.eq_ignore_ascii_case("p"));
        if breaks || (ends && !after.trim().is_empty()) {
            text.push('\n');
        }
        rest = after;
    }
    text.push_str(rest);
    unescape(
        &text,
        &[
            ("&amp;", '&'),
            ("&lt;", '<'),
            ("&gt;", '>'),
            ("&quot;", '"'),
            ("&#39;", '\''),
            ("&apos;", '\''),
            ("&nbsp;", '\u{a0}'),
        ],
    )
}

fn unescape(text: &str, references: &[(&str, char)]) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = memchr::memchr(b'&', rest.as_bytes()) {
        let (before, from) = rest.split_at(at);
        plain.push_str(before);
        let known = references.iter().find_map(|(name, ch)| Some((*ch, from.strip_prefix(name)?)));
        match known {
            Some((ch, after)) => {
                plain.push(ch);
                rest = after;
            }
            None => {
                plain.push('&');
                rest = from.strip_prefix('&').unwrap_or_default();
            }
        }
    }
    plain.push_str(rest);
    plain
}
