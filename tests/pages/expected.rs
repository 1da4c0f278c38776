//! The expected output of a command on a page, with `…` for variable parts.

/// Stands for any text within a line; alone on a line, for any lines.
const ANY: &str = "…";

/// Whether an output matches the page. Blanks at line ends and blank lines at the end are ignored.
pub(super) fn fits(expected: &str, actual: &str) -> bool {
    let lines =
        |text: &str| text.trim_end().lines().map(|line| line.trim_end().to_owned()).collect::<Vec<_>>();
    lines_fit(&lines(expected), &lines(actual))
}

fn lines_fit(expected: &[String], actual: &[String]) -> bool {
    match expected.split_first() {
        None => actual.is_empty(),
        Some((any, rest)) if any == ANY => {
            (0..=actual.len()).any(|skipped| lines_fit(rest, &actual[skipped..]))
        }
        Some((first, rest)) => {
            actual.split_first().is_some_and(|(line, left)| line_fits(first, line) && lines_fit(rest, left))
        }
    }
}

fn line_fits(expected: &str, actual: &str) -> bool {
    let Some((start, rest)) = expected.split_once(ANY) else { return expected == actual };
    let Some(mut left) = actual.strip_prefix(start) else { return false };
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
fn only_marked_parts_may_vary() {
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
    for (expected, actual, result) in table {
        assert_eq!(fits(expected, actual), result, "{expected:?} and {actual:?}");
    }
}
