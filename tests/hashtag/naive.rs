//! The naive twin of the scanner: the rules of twitter-text over a vector of code points.
//!
//! It tries everything at every position, remembers nothing and is slow. It shares the rules with the real
//! scanner, not the code. Its top-level domains in other scripts are only those of the twins' alphabet.

use unicode_properties::{GeneralCategory, GeneralCategoryGroup, UnicodeGeneralCategory};

const SIGNS: [char; 2] = ['#', '＃'];
const JOINERS: &str = "_\u{200C}\u{200D}\u{A67E}\u{5BE}\u{5F3}\u{5F4}～〜゛゜゠・〃\u{F0B}\u{F0C}·";
const FOREIGN_TOP_LEVELS: [&str; 3] = ["みんな", "рф", "한국"];

/// A tag with its code-point offsets, hash sign included.
pub(crate) type Tag = (String, usize, usize);

fn letter(c: char) -> bool {
    matches!(c.general_category_group(), GeneralCategoryGroup::Letter | GeneralCategoryGroup::Mark)
}

fn body(c: char) -> bool {
    letter(c) || c.general_category() == GeneralCategory::DecimalNumber || JOINERS.contains(c)
}

/// The tags of a text.
pub(crate) fn tags(text: &str) -> Vec<Tag> {
    let t: Vec<char> = text.chars().collect();
    let mut entities: Vec<(usize, usize, bool)> =
        urls(text).iter().map(|&(from, to)| (from, to, false)).collect();
    let mut last = 0;
    for i in 0..t.len() {
        if !SIGNS.contains(&t[i]) || i < last {
            continue;
        }
        let may_start = i == 0
            || (i > last
                && (matches!(t[i - 1], '\u{FE0E}' | '\u{FE0F}') || !(body(t[i - 1]) || t[i - 1] == '&')));
        let mut end = i + 1;
        while end < t.len() && body(t[end]) {
            end += 1;
        }
        let keycap = matches!(t.get(i + 1), Some('\u{FE0F}' | '\u{20E3}'));
        if !may_start || keycap || !t[i + 1..end].iter().any(|&c| letter(c)) {
            continue;
        }
        last = end;
        let rest: String = t[end..].iter().take(3).collect();
        if !rest.starts_with(SIGNS) && rest != "://" {
            entities.push((i, end, true));
        }
    }
    entities.sort();
    let mut kept_end = 0;
    entities.retain(|&(from, to, _)| {
        from >= kept_end && {
            kept_end = to;
            true
        }
    });
    let word = |from: usize, to: usize| t[from + 1..to].iter().collect();
    entities.iter().filter(|e| e.2).map(|&(from, to, _)| (word(from, to), from, to)).collect()
}

/// The URLs of a text, as code-point offsets.
pub(crate) fn urls(text: &str) -> Vec<(usize, usize)> {
    let t: Vec<char> = text.chars().collect();
    let mut found = Vec::new();
    let mut i = 0;
    while i < t.len() {
        let mut starts = Vec::new();
        if !(t[i].is_ascii_alphanumeric() || "@＠$#＃\u{FFFE}\u{FEFF}\u{FFFF}".contains(t[i])) {
            if t[i].len_utf16() == 2 {
                starts.push((Some(t[i]), i));
            }
            starts.push((Some(t[i]), i + 1));
        }
        if i == 0 {
            starts.push((None, 0));
        }
        let end = starts.iter().find_map(|&(before, start)| url_at(&t, before, start, &mut found));
        i = end.unwrap_or(i + 1);
    }
    found
}

fn at(t: &[char], i: usize, what: &str) -> bool {
    let piece: String = t.iter().skip(i).take(what.chars().count()).collect();
    piece.eq_ignore_ascii_case(what)
}

/// Matches the whole pattern at `start`. Adds the URLs to `found`, and returns the end of the match.
fn url_at(t: &[char], before: Option<char>, start: usize, found: &mut Vec<(usize, usize)>) -> Option<usize> {
    let protocol = ["https://", "http://"].into_iter().find(|p| at(t, start, p)).map_or(0, str::len);
    let host = start + protocol;
    let host_end = host_end(t, host)?;
    let mut end = host_end;
    if at(t, end, ":") && t.get(end + 1).is_some_and(char::is_ascii_digit) {
        end += 1;
        end += t[end..].iter().take_while(|c| c.is_ascii_digit()).count();
    }
    let path = at(t, end, "/");
    if path {
        end = path_end(t, end + 1);
    }
    end = query_end(t, end);
    // A host with `xn--` is encoded, so it must have a label of Latin letters.
    let in_vain = t[host..].starts_with(&['x', 'n', '-', '-']) && bare_hosts(t, host, host_end).is_empty();
    if in_vain || !labels_fit(&t[host..host_end]) {
        return Some(end);
    }
    if protocol > 0 {
        found.push((start, short_link_end(t, host).unwrap_or(end)));
    } else if !matches!(before, Some('-' | '_' | '.' | '/')) {
        let mut bare = bare_hosts(t, host, host_end);
        if let Some(last) = bare.last_mut().filter(|_| path) {
            last.1 = end;
        }
        found.append(&mut bare);
    }
    Some(end)
}

fn host_char(c: char) -> bool {
    let punctuation = "!'#%&()*+,\\-./:;<=>?@[]^_{|}~$";
    let space = c.is_whitespace() || c == '\u{180E}';
    let marker =
        matches!(c, '\u{202A}'..='\u{202E}' | '\u{61C}' | '\u{200E}' | '\u{200F}' | '\u{2066}'..='\u{2069}');
    !(punctuation.contains(c) || space || marker || matches!(c, '\u{FFFE}' | '\u{FEFF}' | '\u{FFFF}'))
}

/// Tries every end, the farthest first.
fn host_end(t: &[char], start: usize) -> Option<usize> {
    let is_host = |end: usize| {
        let labels: Vec<&[char]> = t[start..end].split(|&c| c == '.').collect();
        let is_label = |l: &[char], inside: &str| {
            let ends = l.first().zip(l.last()).is_some_and(|(&a, &z)| host_char(a) && host_char(z));
            ends && l.iter().all(|&c| host_char(c) || inside.contains(c))
        };
        let (name, subdomains) = labels.split_last().expect("split gives one part at least");
        is_label(name, "-") && subdomains.iter().all(|label| is_label(label, "-_"))
    };
    let dots = (start + 1..t.len()).filter(|&i| t[i] == '.').rev();
    dots.into_iter().filter(|&dot| is_host(dot)).find_map(|dot| top_level_end(t, dot + 1))
}

fn top_level_end(t: &[char], start: usize) -> Option<usize> {
    if at(t, start, "xn--") {
        let more = t[start + 4..].iter().take_while(|&&c| c.is_ascii_alphanumeric() || c == '-').count();
        return (more > 0).then_some(start + 4 + more);
    }
    (start + 1..=t.len()).rev().find(|&end| {
        let name: String = t[start..end].iter().collect();
        let runs_on = t.get(end).is_some_and(|&c| c.is_ascii_alphanumeric() || "@+-".contains(c));
        !runs_on
            && (tld::exist_case_insensitive(&name)
                || FOREIGN_TOP_LEVELS.contains(&name.to_lowercase().as_str()))
    })
}

fn bare_hosts(t: &[char], start: usize, end: usize) -> Vec<(usize, usize)> {
    let t = &t[..end];
    let latin = |c: char| c.is_ascii_alphanumeric() || c == '-' || accent(c);
    let mut found = Vec::new();
    let mut i = start;
    while i < end {
        let dots = (i + 1..end).filter(|&dot| t[dot] == '.').rev();
        let all_latin =
            |dot: usize| t[i..dot].split(|&c| c == '.').all(|l| !l.is_empty() && l.iter().all(|&c| latin(c)));
        match dots.into_iter().filter(|&dot| all_latin(dot)).find_map(|dot| top_level_end(t, dot + 1)) {
            Some(host_end) => {
                found.push((i, host_end));
                i = host_end;
            }
            None => i += 1,
        }
    }
    found
}

/// A label has 1 to 63 bytes in ASCII form. Other scripts' full stops separate what is encoded.
fn labels_fit(host: &[char]) -> bool {
    let host: String = host.iter().collect();
    let encoded = |piece: &str| match idna::punycode::encode_str(piece) {
        Some(encoded) if !piece.is_ascii() => format!("xn--{encoded}"),
        _ => piece.to_owned(),
    };
    host.split('.').all(|label| {
        let pieces: Vec<_> = label.split(['。', '．', '｡']).map(encoded).collect();
        (1..=63).contains(&pieces.join(".").len())
    })
}

fn path_char(c: char) -> bool {
    path_letter(c) || "!*';:=+,.$/%#[]-–_~@|&".contains(c)
}

/// Letters of Latin alphabets beyond ASCII, as twitter-text lists them.
fn accent(c: char) -> bool {
    let single =
        "\u{253}\u{254}\u{256}\u{257}\u{259}\u{25B}\u{263}\u{268}\u{26F}\u{272}\u{289}\u{28B}\u{2BB}";
    let range = matches!(c, '\u{C0}'..='\u{24F}' | '\u{300}'..='\u{36F}' | '\u{1E00}'..='\u{1EFF}');
    (range && !matches!(c, '×' | '÷')) || single.contains(c)
}

fn path_letter(c: char) -> bool {
    c.is_ascii_alphanumeric() || accent(c) || matches!(c, '\u{400}'..='\u{4FF}')
}

fn path_end(t: &[char], start: usize) -> usize {
    let (mut i, mut end) = (start, start);
    loop {
        let step = brackets(t, i).unwrap_or_else(|| usize::from(t.get(i).is_some_and(|&c| path_char(c))));
        if step == 0 {
            return end;
        }
        i += step;
        if step > 1 || path_letter(t[i - 1]) || "+-=_#/".contains(t[i - 1]) {
            end = i;
        }
    }
}

/// One pair of brackets, with at most one pair within.
fn brackets(t: &[char], start: usize) -> Option<usize> {
    let inside = |i: usize| t[i..].iter().take_while(|&&c| path_char(c)).count();
    if !at(t, start, "(") {
        return None;
    }
    let first = start + 1 + inside(start + 1);
    if at(t, first, ")") && first > start + 1 {
        return Some(first + 1 - start);
    }
    if !at(t, first, "(") {
        return None;
    }
    let second = first + 1 + inside(first + 1);
    if !at(t, second, ")") || second == first + 1 {
        return None;
    }
    let third = second + 1 + inside(second + 1);
    at(t, third, ")").then_some(third + 1 - start)
}

fn query_end(t: &[char], start: usize) -> usize {
    if !at(t, start, "?") {
        return start;
    }
    let run = t[start + 1..]
        .iter()
        .take_while(|&&c| c.is_ascii_alphanumeric() || "!?*'@();:&=+$/%#[]-_.,~|".contains(c));
    let end = start + 1 + run.count();
    let ending = |&i: &usize| t[i - 1].is_ascii_alphanumeric() || "-_&=#/".contains(t[i - 1]);
    (start + 2..=end).rev().find(ending).unwrap_or(start)
}

fn short_link_end(t: &[char], host: usize) -> Option<usize> {
    let slug = host + "t.co/".len();
    let len = t.get(slug..)?.iter().take_while(|c| c.is_ascii_alphanumeric()).count();
    (at(t, host, "t.co/") && len > 0).then(|| query_end(t, slug + len))
}
