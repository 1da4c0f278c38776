//! Finds the servers of mentions, `@example.social` in `@name@example.social`: Mastodon does not count them.

/// The servers of all full mentions in `text`, each with its `@`.
pub(super) fn domains(text: &str) -> impl Iterator<Item = &str> {
    let mut at = 0;
    std::iter::from_fn(move || {
        loop {
            let sign = at + text.get(at..)?.find('@')?;
            let before = text.get(at..sign)?.chars().next_back();
            let name = dotted_len(text.get(sign + 1..)?, |c| c.is_ascii_alphanumeric() || c == '_');
            let name_end = sign + 1 + name;
            let starts_word = before.is_none_or(|c| !(is_word_char(c) || matches!(c, '=' | '/')));
            at = name_end;
            let Some(domain) = text.get(name_end..)?.strip_prefix('@') else {
                continue;
            };
            let domain = dotted_len(domain, is_word_char);
            if name > 0 && domain > 0 && starts_word {
                at = name_end + 1 + domain;
                return text.get(name_end..at);
            }
        }
    })
}

/// The length of names joined by dots and dashes. It ends with a name, so a full stop is left out.
fn dotted_len(text: &str, is_inside: impl Fn(char) -> bool) -> usize {
    let run = text.find(|c| !(is_inside(c) || matches!(c, '.' | '-'))).unwrap_or(text.len());
    let run = text.get(..run).unwrap_or_default();
    if run.starts_with(['.', '-']) { 0 } else { run.trim_end_matches(['.', '-']).len() }
}

fn is_word_char(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}
