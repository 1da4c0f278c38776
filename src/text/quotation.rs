//! Quotation marks: where a quotation opens and closes.

/// The marks that open a quotation, each with those that close it. Marks that only open may have a blank
/// behind them, as in French.
const MARKS: [(char, &[char], bool); 27] = [
    ('“', &['”'], true),
    ('„', &['“', '”'], true),
    ('«', &['»'], true),
    ('‹', &['›'], true),
    ('‘', &['’'], true),
    ('‚', &['‘', '’'], true),
    ('「', &['」'], true),
    ('『', &['』'], true),
    ('❝', &['❞'], true),
    ('〝', &['〟', '〞'], true),
    ('《', &['》'], true),
    ('〈', &['〉'], true),
    ('｢', &['｣'], true),
    ('﹁', &['﹂'], true),
    ('﹃', &['﹄'], true),
    ('≪', &['≫'], true),
    ('❮', &['❯'], true),
    ('‟', &['”'], true),
    // These close as well, so they open only where nothing is right before them.
    ('"', &['"'], false),
    ('\'', &['\''], false),
    ('＂', &['＂'], false),
    ('”', &['”'], false),
    ('»', &['«', '»'], false),
    ('`', &['`', '\''], false),
    ('＇', &['＇'], false),
    ('<', &['>'], false),
    ('＜', &['＞'], false),
];

/// Where the quotation opens that the end of `head` opens; `None` if it ends with no opening mark. `spaced`
/// allows blanks behind a mark that only opens.
pub(super) fn is_opening(head: &str, spaced: bool) -> Option<usize> {
    let close = head.trim_end_matches(super::invisible::is_invisible);
    let wide = if spaced { close.trim_end_matches([' ', '\u{a0}', '\u{202f}']) } else { close };
    let mark = wide.chars().next_back()?;
    let (_, _, only_opens) = MARKS.iter().find(|(open, _, _)| *open == mark)?;
    let before = wide.strip_suffix(mark)?;
    let opens = match only_opens {
        true => true,
        // Two of them are one larger mark: `''…''`.
        false => {
            wide.len() == close.len() && !before.ends_with(|ch: char| ch != mark && !is_before_opening(ch))
        }
    };
    opens.then_some(before.len())
}

/// The end of the quotation that opens at `open`, behind its closing mark; the end of the text if it is never
/// closed. Quotations of the same kind may lie within.
pub(super) fn close_of(text: &str, open: usize) -> usize {
    let quoted = text.get(open..).unwrap_or_default();
    let Some(mark) = quoted.chars().next() else { return text.len() };
    let closing = MARKS.iter().find(|(open, _, _)| *open == mark).map_or(&[][..], |(_, close, _)| close);
    let mut depth = 0_usize;
    for (at, ch) in quoted.char_indices().skip(1) {
        let behind = at + ch.len_utf8();
        if closing.contains(&ch) && !is_apostrophe(ch, quoted.get(behind..).unwrap_or_default()) {
            if depth == 0 {
                return open + behind;
            }
            depth -= 1;
        } else if ch == mark {
            depth += 1;
        }
    }
    text.len()
}

/// The quotation that the end of `head` closes. Looks back to the closing mark of another quotation at most,
/// so that a text with many marks is not read again from each.
pub(super) fn open_before(head: &str) -> Option<std::ops::Range<usize>> {
    let mark = head.chars().next_back()?;
    let before = head.strip_suffix(mark)?;
    let opens = |ch: char| MARKS.iter().any(|(open, close, _)| *open == ch && close.contains(&mark));
    let (at, ch) = before.char_indices().rev().find(|(_, ch)| opens(*ch) || *ch == mark)?;
    opens(ch).then_some(at..head.len())
}

fn is_before_opening(ch: char) -> bool {
    ch.is_whitespace()
        || super::invisible::is_invisible(ch)
        || matches!(ch, '(' | '[' | '（' | '［' | ':' | '：' | '-' | '–' | '—' | '!' | '.' | ',')
}

/// Whether a single mark is an apostrophe: a letter follows it, as in `don’t`.
fn is_apostrophe(mark: char, behind: &str) -> bool {
    matches!(mark, '\'' | '’') && behind.starts_with(char::is_alphanumeric)
}
