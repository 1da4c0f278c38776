//! Whether a post that is found is the one that an earlier attempt may have made.
//!
//! A restart composes a text anew, at another moment: a deadline that begins with the prompt is a later one, or is shown
//! with seconds or with its day, and the number behind a text that repeats another one may be missing. So texts are
//! compared without what depends on the moment. A look-up compares only posts of the account that answer the same post.

/// The months as texts show them.
const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// Stands for every time.
const TIME: &str = "\u{23f0}";

/// Whether `shown` is `sent`, composed at another moment.
#[must_use]
pub fn is_same_text(sent: &str, shown: &str) -> bool {
    is_same(&Composed::of(sent), &Composed::of(shown))
}

/// The same, of a network that shows texts with other blanks and signs: letters and digits are compared.
#[must_use]
pub fn has_same_letters(sent: &str, shown: &str) -> bool {
    is_same(&Composed::of(sent).letters(), &Composed::of(shown).letters())
}

fn is_same(sent: &Composed, shown: &Composed) -> bool {
    if sent.lasting == shown.lasting {
        return true;
    }
    // The number took the place of the last words.
    let is_cut = |numbered: &Composed, whole: &Composed| {
        numbered.is_numbered
            && whole.lasting.starts_with(&numbered.lasting)
            && numbered.lasting.len() * 2 > whole.lasting.len()
    };
    is_cut(shown, sent) || is_cut(sent, shown)
}

/// A text without what depends on the moment.
struct Composed {
    lasting: String,
    is_numbered: bool,
}

impl Composed {
    fn of(text: &str) -> Self {
        let text = text.trim();
        let unnumbered = without_number(text);
        Self { lasting: without_times(unnumbered.unwrap_or(text)), is_numbered: unnumbered.is_some() }
    }

    fn letters(self) -> Self {
        let lasting = self.lasting.chars().filter(|ch| ch.is_alphanumeric()).collect();
        Self { lasting, ..self }
    }
}

/// The text before a number as ` (2)` at its end.
fn without_number(text: &str) -> Option<&str> {
    let (before, number) = text.strip_suffix(')')?.rsplit_once('(')?;
    let is_number =
        !number.is_empty() && number.len() <= 2 && number.bytes().all(|byte| byte.is_ascii_digit());
    Some(before.trim_end()).filter(|_| is_number && before.ends_with(' '))
}

/// The words, with one sign for each time: `30 Nov, 17:15:03 EST` and `17:15 EDT` are both a time.
fn without_times(text: &str) -> String {
    let mut lasting: Vec<&str> = Vec::new();
    let mut words = text.split_whitespace().peekable();
    while let Some(word) = words.next() {
        let (core, behind) = split_punctuation(word);
        if !is_clock(core) {
            lasting.push(word);
            continue;
        }
        drop_day(&mut lasting);
        lasting.push(TIME);
        let zone = words.next_if(|_| behind.is_empty()).map(|zone| (zone, split_punctuation(zone)));
        match zone {
            Some((_, (zone, behind))) if is_zone(zone) => lasting.push(behind),
            Some((word, _)) => lasting.push(word),
            None => lasting.push(behind),
        }
    }
    lasting.retain(|word| !word.is_empty());
    lasting.join(" ")
}

/// A word, and the punctuation behind it.
fn split_punctuation(word: &str) -> (&str, &str) {
    let core = word.trim_end_matches(['.', ',', ';', ':', '!', '?', ')']);
    word.split_at(core.len())
}

/// `17:15` or `17:15:03`.
fn is_clock(word: &str) -> bool {
    let mut parts = word.split(':');
    let two = |part: &str| part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_digit());
    let count = word.split(':').count();
    matches!(count, 2 | 3) && parts.all(two)
}

/// `EST`, `UTC` or `UTC+05`.
fn is_zone(word: &str) -> bool {
    word.starts_with("UTC")
        || (word.len() >= 2 && word.len() <= 5 && word.bytes().all(|byte| byte.is_ascii_uppercase()))
}

/// Removes the day before a time: `30 Nov,` or `30 Nov 2026,`.
fn drop_day(words: &mut Vec<&str>) {
    let number = |word: Option<&&str>, most: usize| {
        word.is_some_and(|word| {
            (1..=most).contains(&word.len()) && word.bytes().all(|byte| byte.is_ascii_digit())
        })
    };
    let Some(last) = words.last().and_then(|word| word.strip_suffix(',')) else { return };
    let months = words.len().saturating_sub(if number(Some(&last), 4) { 2 } else { 1 });
    let month = words.get(months).map(|month| month.trim_end_matches(','));
    let is_month = month.is_some_and(|month| MONTHS.contains(&month));
    if let Some(day) = months.checked_sub(1).filter(|day| is_month && number(words.get(*day), 2)) {
        words.truncate(day);
    }
}

#[cfg(test)]
mod tests {
    use super::is_same_text;

    #[test]
    fn a_text_is_the_same_at_another_moment() {
        let table = [
            ("Reply #Confirm by 17:15 EST to buy.", "Reply #Confirm by 17:16 EST to buy."),
            ("by 17:15 EST.", "by 17:15:03 EST."),
            ("by 23:59 EST to buy", "by 1 Dec, 00:05 EST to buy"),
            ("by 23:59 EST to buy", "by 1 Jan 2027, 00:05 EST to buy"),
            ("by 01:15 EDT", "by 01:15 EST"),
            ("by 17:15 UTC+05 or later", "by 17:20 UTC+05 or later"),
            ("Sold out.", "Sold out. (2)"),
            ("Sold out. (3)", "Sold out. (12)"),
            ("Yours: a very long kettle of many words", "Yours: a very long kettle of (2)"),
            ("It begins at 17:15", "It begins at 17:20"),
        ];
        for (sent, shown) in table {
            assert!(is_same_text(sent, shown), "{sent} | {shown}");
            assert!(is_same_text(shown, sent), "{shown} | {sent}");
        }
    }

    #[test]
    fn another_text_is_another_one() {
        let table = [
            ("Reply #Confirm by 17:15 EST to buy.", "Reply #Cancel by 17:15 EST to buy."),
            ("Reserved by 17:15 EST", "Promoted by 17:15 EST"),
            ("You are number 4 in line.", "You are number 5 in line."),
            ("20.00 USD back", "21.00 USD back"),
            ("Yours: a very long kettle of many words", "Yours: (2)"),
            ("2 units until 17:15 EST", "3 units until 17:15 EST"),
            ("Sold out.", "Sold out. Sorry (2)"),
        ];
        for (sent, shown) in table {
            assert!(!is_same_text(sent, shown), "{sent} | {shown}");
        }
    }
}
