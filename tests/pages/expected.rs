//! What a page says that a command says, with `…` for what varies.

/// Any text within a line; alone in a line, any lines.
const ANY: &str = "…";

/// Whether what was said is as the page has it. Blanks at the end of a line, and blank lines at the end, do not count.
pub(super) fn fits(expected: &str, said: &str) -> bool {
    let lines =
        |text: &str| text.trim_end().lines().map(|line| line.trim_end().to_owned()).collect::<Vec<_>>();
    lines_fit(&lines(expected), &lines(said))
}

fn lines_fit(expected: &[String], said: &[String]) -> bool {
    match expected.split_first() {
        None => said.is_empty(),
        Some((any, rest)) if any == ANY => (0..=said.len()).any(|skipped| lines_fit(rest, &said[skipped..])),
        Some((first, rest)) => {
            said.split_first().is_some_and(|(line, left)| line_fits(first, line) && lines_fit(rest, left))
        }
    }
}

fn line_fits(expected: &str, said: &str) -> bool {
    let Some((start, rest)) = expected.split_once(ANY) else { return expected == said };
    let Some(mut left) = said.strip_prefix(start) else { return false };
    let mut parts: Vec<&str> = rest.split(ANY).collect();
    let end = parts.pop().unwrap_or_default();
    for part in parts {
        match left.split_once(part) {
            Some((_, behind)) => left = behind,
            None => return false,
        }
    }
    left.ends_with(end)
}

#[test]
fn only_what_is_marked_may_vary() {
    let table = [
        ("a\nb\n", "a\nb\n", true),
        ("a\n", "a\nb\n", false),
        ("a\nb\n", "a\n", false),
        ("at …, for …!", "at 12:00, for 5 USD!", true),
        ("at …, for …!", "at 12:00, for 5 USD", false),
        ("at …, for …!", "at 12:00", false),
        ("{\"at\":\"…\"}", "{\"at\":\"now\"}", true),
        ("{\"at\":\"…\"}", "{\"by\":\"now\"}", false),
        ("…\nlast\n", "one\ntwo\nlast\n", true),
        ("…\nlast\n", "last\n", true),
        ("…\nlast\n", "last\nno\n", false),
        ("first\n…\n", "first\n", true),
        ("a\n", "a  \n\n", true),
        ("", "words\n", false),
    ];
    for (expected, said, result) in table {
        assert_eq!(fits(expected, said), result, "{expected:?} and {said:?}");
    }
}
