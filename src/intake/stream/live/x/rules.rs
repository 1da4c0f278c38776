//! The rules of the filtered stream, and the queries of the search for its past.

/// Longest rule, in characters.
pub const RULE_CHARS_MAX: usize = 1_024;

/// Longest query of the recent search, in characters.
pub(super) const QUERY_CHARS_MAX: usize = 512;

/// Reposts are not read: their text is cut.
const END: &str = " -is:retweet";

/// As few rules as match every post with one of the tags, each of at most `chars_max` characters. With `mentioning`, only
/// posts that mention that account. Their order and content depend on the set of tags alone.
#[must_use]
pub fn rules_of(tags: &[String], mentioning: Option<&str>, chars_max: usize) -> Vec<String> {
    let begin = mentioning.map(|name| format!("@{name} ")).unwrap_or_default();
    let fixed = begin.chars().count() + END.len() + "()".len();
    // X's rules ignore case.
    let mut folded: Vec<String> = tags.iter().map(|tag| format!("#{}", tag.to_lowercase())).collect();
    folded.sort_unstable();
    folded.dedup();
    let (mut rules, mut terms, mut chars) = (Vec::new(), Vec::new(), fixed);
    for term in folded {
        let more = term.chars().count() + " OR ".len();
        if chars + more > chars_max && !terms.is_empty() {
            rules.push(rule(&begin, &std::mem::take(&mut terms)));
            chars = fixed;
        }
        chars += more;
        terms.push(term);
    }
    if !terms.is_empty() {
        rules.push(rule(&begin, &terms));
    }
    rules
}

fn rule(begin: &str, terms: &[String]) -> String {
    match terms {
        [term] => format!("{begin}{term}{END}"),
        terms => format!("{begin}({}){END}", terms.join(" OR ")),
    }
}

#[cfg(test)]
mod tests {
    use super::{RULE_CHARS_MAX, rules_of};

    fn tags(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn tags_share_a_rule() {
        let table: [(&[&str], Option<&str>, &[&str]); 5] = [
            (&[], None, &[]),
            (&["BuyPot"], None, &["#buypot -is:retweet"]),
            (&["BuyPot", "buyPOT", "Ánika"], None, &["(#buypot OR #ánika) -is:retweet"]),
            (&["b", "a"], None, &["(#a OR #b) -is:retweet"]),
            (&["b", "a"], Some("shop"), &["@shop (#a OR #b) -is:retweet"]),
        ];
        for (names, mentioning, expected) in table {
            assert_eq!(rules_of(&tags(names), mentioning, RULE_CHARS_MAX), expected);
        }
    }

    #[test]
    fn a_rule_is_full_before_the_next_one_begins_and_no_tag_is_left_out() {
        let names: Vec<String> = (0..500).map(|n| format!("Tag{n:03}é")).collect();
        let rules = rules_of(&names, Some("northwind_shop"), RULE_CHARS_MAX);
        for rule in &rules {
            assert!(rule.chars().count() <= RULE_CHARS_MAX, "{rule}");
        }
        // Each tag takes twelve characters; a rule has room for 82 of them.
        assert_eq!(rules.len(), 7);
        for name in names {
            let term = format!("#{}", name.to_lowercase());
            let holds = |rule: &&String| rule.split([' ', '(', ')']).any(|word| word == term);
            assert_eq!(rules.iter().filter(holds).count(), 1, "{term}");
        }
    }
}
