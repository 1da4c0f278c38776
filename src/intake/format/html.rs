//! Converts HTML to the text that readers see, for the HTML that posts use.

use std::ops::Range;

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

/// The text that readers see, and the parts that they see as a quotation.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct ShownText {
    /// The text.
    pub(super) text: String,
    /// The quotations, in code points; one within another counts with it.
    pub(super) quoted: Vec<Range<usize>>,
}

/// The text that readers see of a Mastodon post.
#[must_use]
pub fn shown_text(html: &str) -> String {
    text_of(html).text
}

/// The text of a Mastodon post: tags removed, blocks as lines of their own, references undone once.
pub(super) fn text_of(html: &str) -> ShownText {
    let mut text = String::with_capacity(html.len());
    let mut quotations = Quotations::default();
    let mut rest = html;
    while let Some(at) = memchr(b'<', rest.as_bytes()) {
        let (before, from) = rest.split_at(at);
        push_unescaped(&mut text, before, &REFERENCES);
        rest = match tag_end(from.as_bytes()) {
            Some(end) => {
                let (tag, after) = from.split_at(end);
                let tag = Tag::parse(tag.as_bytes());
                // Two breaks are an empty line; a block only begins a line, and ends it.
                if tag.is(b"br") || (tag.is_block() && !text.is_empty() && !text.ends_with('\n')) {
                    text.push('\n');
                }
                if tag.is(b"blockquote") || tag.is(b"q") {
                    quotations.see(tag.closes, text.len());
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
    let quoted = quotations.in_code_points(&text);
    ShownText { text, quoted }
}

/// The quotations of a text, as its tags open and close them.
#[derive(Default)]
struct Quotations {
    depth: usize,
    start: usize,
    /// Ranges of bytes.
    closed: Vec<Range<usize>>,
}

impl Quotations {
    /// Takes the tag that opens or closes a quotation at a byte of the text.
    fn see(&mut self, closes: bool, at: usize) {
        match (closes, self.depth) {
            (false, 0) => (self.depth, self.start) = (1, at),
            (false, depth) => self.depth = depth + 1,
            (true, 1) => {
                self.depth = 0;
                self.closed.push(self.start..at);
            }
            (true, depth) => self.depth = depth.saturating_sub(1),
        }
    }

    /// The ranges in code points. A quotation that is never closed reaches to the end, as in browsers.
    fn in_code_points(mut self, text: &str) -> Vec<Range<usize>> {
        if self.depth > 0 {
            self.closed.push(self.start..text.len());
        }
        let (mut bytes, mut points) = (0, 0);
        let mut count = |byte: usize| {
            // The line feeds at the end are cut off.
            let byte = byte.min(text.len());
            points += text.get(bytes..byte).map_or(0, |part| part.chars().count());
            bytes = byte;
            points
        };
        self.closed.iter().map(|part| count(part.start)..count(part.end)).collect()
    }
}

/// The rest behind the inline tag that `html` begins with; `None` if it begins with no tag, or with one that
/// breaks the line.
pub(in crate::intake) fn behind_inline_tag(html: &[u8]) -> Option<&[u8]> {
    let (tag, behind) = html.split_at_checked(tag_end(html)?)?;
    {
        let tag = Tag::parse(tag);
        (!tag.is(b"br") && !tag.is_block()).then_some(behind)
    }
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

/// The name of a tag, and whether it closes its element.
struct Tag<'h> {
    name: &'h [u8],
    closes: bool,
}

impl<'h> Tag<'h> {
    /// Reads the name of a tag with its angle brackets.
    fn parse(tag: &'h [u8]) -> Self {
        let inner =
            tag.iter().position(|byte| *byte != b'<').and_then(|at| tag.get(at..)).unwrap_or_default();
        let (closes, inner) = inner.strip_prefix(b"/").map_or((false, inner), |inner| (true, inner));
        let length = inner.iter().take_while(|byte| byte.is_ascii_alphanumeric()).count();
        Self { name: inner.get(..length).unwrap_or_default(), closes }
    }

    fn is(&self, name: &[u8]) -> bool {
        self.name.eq_ignore_ascii_case(name)
    }

    /// Whether browsers show the element apart from the text before and behind it, so that no word runs
    /// through its tags.
    fn is_block(&self) -> bool {
        const LONGEST: usize = 10;
        let mut lower = [0; LONGEST];
        let Some(letters) = lower.get_mut(..self.name.len()) else { return false };
        letters.copy_from_slice(self.name);
        letters.make_ascii_lowercase();
        matches!(
            &*letters,
            b"p" | b"div"
                | b"blockquote"
                | b"pre"
                | b"ul"
                | b"ol"
                | b"li"
                | b"dl"
                | b"dt"
                | b"dd"
                | b"hr"
                | b"h1"
                | b"h2"
                | b"h3"
                | b"h4"
                | b"h5"
                | b"h6"
                | b"table"
                | b"thead"
                | b"tbody"
                | b"tfoot"
                | b"tr"
                | b"td"
                | b"th"
                | b"caption"
                | b"section"
                | b"article"
                | b"aside"
                | b"header"
                | b"footer"
                | b"main"
                | b"nav"
                | b"address"
                | b"figure"
                | b"figcaption"
                | b"details"
                | b"summary"
                | b"form"
                | b"fieldset"
                | b"legend"
                | b"menu"
                | b"search"
                | b"center"
                | b"dir"
                | b"hgroup"
                | b"dialog"
                | b"img"
                | b"video"
                | b"audio"
                | b"iframe"
                | b"object"
        )
    }
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
            ("a<path>b</path><prelude>c</prelude><blockquotes>d</blockquotes>", "abcd"),
            ("<ul><li>milk</li><li>#BuyPot</li></ul>", "milk\n#BuyPot"),
            ("a<pre>#b</pre>c<DIV>#d</DIV>e<h1>#f</h1>g", "a\n#b\nc\n#d\ne\n#f\ng"),
            ("<table><tr><td>x</td><td>#y</td></tr><tr><th>z</th></tr></table>", "x\n#y\nz"),
            ("a<p>b<p>c", "a\nb\nc"),
            ("a<hr>b<br><br>c", "a\nb\n\nc"),
            ("", ""),
        ];
        for (html, text) in table {
            assert_eq!(text_of(html).text, text, "{html}");
        }
    }

    #[test]
    fn quotations_are_told_from_own_words() {
        let table: [(&str, &[&str]); 8] = [
            ("<p>mine</p>", &[]),
            ("<p><blockquote>#BuyPot</blockquote></p>", &["#BuyPot"]),
            ("é<blockquote>日本</blockquote><p>mine</p><q>a</q>!", &["日本\n", "a"]),
            ("a<blockquote>b<blockquote>c</blockquote>d</blockquote>e", &["b\nc\nd\n"]),
            ("a<blockquote>b", &["b"]),
            ("</blockquote>a<q>b</q>", &["b"]),
            ("a<blockquote class='x > y'>&lt;b&gt;</blockquote>", &["<b>"]),
            ("<p>a <quote>b</quote></p>", &[]),
        ];
        for (html, quoted) in table {
            let shown = text_of(html);
            let chars: Vec<char> = shown.text.chars().collect();
            let part = |part: &std::ops::Range<usize>| chars[part.start..part.end].iter().collect::<String>();
            assert_eq!(shown.quoted.iter().map(part).collect::<Vec<_>>(), quoted, "{html}");
        }
    }
}
