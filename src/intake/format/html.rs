//! Converts HTML to the text that readers see, for the HTML that posts use.

use memchr::{memchr, memmem};

/// The character references that X writes for HTML's special characters.
const X_REFERENCES: [(&str, char); 3] = [("&amp;", '&'), ("&lt;", '<'), ("&gt;", '>')];

/// The character references that Mastodon's sanitizer writes.
const REFERENCES: [(&str, char); 7] = [
    ("&amp;", '&'),
    ("&lt;", '<'),
    ("&gt;", '>'),
    ("&quot;", '"'),
    ("&#39;", '\''),
    ("&apos;", '\''),
    ("&nbsp;", '\u{a0}'),
];

/// Undoes the escaping that X applies to the text of a post.
///
/// X escapes three characters and nothing else. If an author types `&#35;`, X delivers `&amp;#35;`; undoing
/// that one reference, once, yields what the author typed, which is not a hash sign.
pub(super) fn unescape_basic(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    push_unescaped(&mut plain, text, &X_REFERENCES);
    plain
}

/// The text of a Mastodon post: tags removed, paragraphs and breaks as line feeds, references undone once.
pub(super) fn text_of(html: &str) -> String {
    let mut text = String::with_capacity(html.len());
    let mut rest = html;
    while let Some(at) = memchr(b'<', rest.as_bytes()) {
        let (before, from) = rest.split_at(at);
        push_unescaped(&mut text, before, &REFERENCES);
        rest = match tag_end(from.as_bytes()) {
            Some(end) => {
                let (tag, after) = from.split_at(end);
                if breaks_line(tag.as_bytes()) {
                    text.push('\n');
                }
                after
            }
            // Not a tag, so it is an ordinary character.
            None => {
                text.push('<');
                from.strip_prefix('<').unwrap_or_default()
            }
        };
    }
    push_unescaped(&mut text, rest, &REFERENCES);
    text.truncate(text.trim_end_matches('\n').len());
    text
}

/// The rest behind the inline tag that `html` begins with; `None` if it begins with no tag, or with one that
/// breaks the line.
pub(in crate::intake) fn behind_inline_tag(html: &[u8]) -> Option<&[u8]> {
    let (tag, behind) = html.split_at_checked(tag_end(html)?)?;
    (!breaks_line(tag)).then_some(behind)
}

/// The end of the tag at the start of `html`. Quoted values may hold `>`. A tag that never ends includes all
/// the rest, as in browsers; a `<` that no name follows starts no tag.
fn tag_end(html: &[u8]) -> Option<usize> {
    if html.starts_with(b"<!--") {
        return Some(memmem::find(html, b"-->").map_or(html.len(), |at| at + 3));
    }
    let mut bytes = html.iter().enumerate().skip(1);
    let (_, first) = bytes.next()?;
    if !(first.is_ascii_alphabetic() || matches!(first, b'/' | b'!' | b'?')) {
        return None;
    }
    let mut quote = None;
    for (at, byte) in bytes {
        match quote {
            Some(open) if byte == open => quote = None,
            Some(_) => {}
            None if *byte == b'>' => return Some(at + 1),
            None if matches!(byte, b'"' | b'\'') => quote = Some(byte),
            None => {}
        }
    }
    Some(html.len())
}

fn breaks_line(tag: &[u8]) -> bool {
    let inner = tag.iter().position(|byte| *byte != b'<').and_then(|at| tag.get(at..)).unwrap_or_default();
    let name = |text: &[u8]| text.iter().take_while(|byte| byte.is_ascii_alphanumeric()).count();
    let named = |text: &[u8], wanted: &[u8]| {
        text.get(..name(text)).is_some_and(|name| name.eq_ignore_ascii_case(wanted))
    };
    named(inner, b"br") || inner.strip_prefix(b"/").is_some_and(|inner| named(inner, b"p"))
}

fn push_unescaped(plain: &mut String, text: &str, references: &[(&str, char)]) {
    let mut rest = text;
    while let Some(at) = memchr(b'&', rest.as_bytes()) {
        let (before, from) = rest.split_at(at);
        plain.push_str(before);
        let known = references.iter().find_map(|(name, ch)| Some((*ch, from.strip_prefix(name)?)));
        let (ch, after) = known.unwrap_or_else(|| ('&', from.strip_prefix('&').unwrap_or_default()));
        plain.push(ch);
        rest = after;
    }
    plain.push_str(rest);
}

#[cfg(test)]
mod tests {
    use super::{text_of, unescape_basic};

    #[test]
    fn x_escapes_three_characters() {
        let table = [
            ("tea &amp; kettle", "tea & kettle"),
            ("1 &lt; 2 &gt; 0", "1 < 2 > 0"),
            ("&amp;lt;", "&lt;"),
            ("&amp;#35;buy &#35;buy &quot;", "&#35;buy &#35;buy &quot;"),
            ("AT&T & &", "AT&T & &"),
            ("&amp", "&amp"),
            ("", ""),
        ];
        for (text, plain) in table {
            assert_eq!(unescape_basic(text), plain);
        }
    }

    #[test]
    fn html_becomes_the_text_that_readers_see() {
        let table = [
            ("<p>one</p><p>two</p>", "one\ntwo"),
            ("one<br>two<br/>three<BR />four", "one\ntwo\nthree\nfour"),
            (r##"<p><a href="/t/b" class="hashtag">#<span>BuyPot</span></a></p>"##, "#BuyPot"),
            (r##"<a title="a > #b">c</a>"##, "c"),
            ("a <3 b < c", "a <3 b < c"),
            ("&lt;br&gt; &quot;q&quot; it&#39;s it&apos;s a&nbsp;b", "<br> \"q\" it's it's a\u{a0}b"),
            ("&amp;lt; &amp;#39; &#35;no", "&lt; &#39; &#35;no"),
            ("&lt;p&gt;#x", "<p>#x"),
            ("before <!-- it's #x > --> after", "before  after"),
            ("cut <a href=\"x", "cut "),
            ("<", "<"),
            ("</p>", ""),
            ("<pre>a</pre><path>b</path>", "ab"),
            ("", ""),
        ];
        for (html, text) in table {
            assert_eq!(text_of(html), text, "{html}");
        }
    }
}
