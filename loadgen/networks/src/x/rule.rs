//! Rules and search queries.

/// Upper bound on letters of a rule.
pub(crate) const LENGTH_MAX: usize = 1024;

/// A rule of the filtered stream.
#[derive(Debug, Clone)]
pub(crate) struct Rule {
    pub(crate) id: u64,
    pub(crate) value: String,
    pub(crate) tag: Option<String>,
    pub(crate) query: Query,
}

/// What a rule wants. AND binds tighter than OR.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Query {
    Any(Vec<Self>),
    All(Vec<Self>),
    Not(Box<Self>),
    Tag(String),
    Mention(String),
    From(String),
    To(String),
    IsRetweet,
    IsReply,
    IsQuote,
    HasHashtags,
    /// A word or a phrase, in small letters.
    Words(String),
}

impl Query {
    /// Reads a rule.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let mut tokens = tokens(text)?;
        tokens.reverse();
        let query = any(&mut tokens)?;
        match tokens.pop() {
            None if query.stands_alone() => Ok(query),
            None => Err("a rule needs more than negations, is: and has:".to_owned()),
            Some(token) => Err(format!("unexpected {token}")),
        }
    }

    /// Whether it names something to look for.
    fn stands_alone(&self) -> bool {
        match self {
            Self::Any(parts) => parts.iter().all(Self::stands_alone),
            Self::All(parts) => parts.iter().any(Self::stands_alone),
            Self::Not(_) | Self::IsRetweet | Self::IsReply | Self::IsQuote | Self::HasHashtags => false,
            _ => true,
        }
    }
}

/// Words, phrases with their first quote, and signs.
fn tokens(text: &str) -> Result<Vec<String>, String> {
    let mut tokens = Vec::new();
    let mut word = String::new();
    let mut letters = text.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '"' => {
                let phrase: String = letters.by_ref().take_while(|letter| *letter != '"').collect();
                tokens.push(format!("{word}\"{phrase}"));
                word.clear();
            }
            '-' if word.is_empty() => tokens.push("-".to_owned()),
            '(' | ')' | ' ' => {
                if !word.is_empty() {
                    tokens.push(std::mem::take(&mut word));
                }
                if letter != ' ' {
                    tokens.push(letter.to_string());
                }
            }
            letter => word.push(letter),
        }
    }
    if !word.is_empty() {
        tokens.push(word);
    }
    if tokens.is_empty() { Err("a rule cannot be empty".to_owned()) } else { Ok(tokens) }
}

/// Reads alternatives; the next token is the last.
fn any(tokens: &mut Vec<String>) -> Result<Query, String> {
    let mut parts = vec![all(tokens)?];
    while tokens.last().is_some_and(|token| token == "OR") {
        tokens.pop();
        parts.push(all(tokens)?);
    }
    Ok(one_of(parts, Query::Any))
}

fn all(tokens: &mut Vec<String>) -> Result<Query, String> {
    let mut parts = Vec::new();
    while tokens.last().is_some_and(|token| token != ")" && token != "OR") {
        parts.push(term(tokens)?);
    }
    if parts.is_empty() { Err("something is missing".to_owned()) } else { Ok(one_of(parts, Query::All)) }
}

fn one_of(mut parts: Vec<Query>, list: fn(Vec<Query>) -> Query) -> Query {
    match parts.pop() {
        Some(only) if parts.is_empty() => only,
        Some(last) => {
            parts.push(last);
            list(parts)
        }
        None => list(parts),
    }
}

fn term(tokens: &mut Vec<String>) -> Result<Query, String> {
    let token = tokens.pop().unwrap_or_default();
    match token.as_str() {
        "-" => Ok(Query::Not(Box::new(term(tokens)?))),
        "(" => {
            let inner = any(tokens)?;
            match tokens.pop().as_deref() {
                Some(")") => Ok(inner),
                _ => Err("a ) is missing".to_owned()),
            }
        }
        word => operator(word),
    }
}

fn operator(word: &str) -> Result<Query, String> {
    if let Some(phrase) = word.strip_prefix('"') {
        return Ok(Query::Words(phrase.to_lowercase()));
    }
    if let Some(tag) = word.strip_prefix(['#', '＃']) {
        return Ok(Query::Tag(tag.to_lowercase()));
    }
    if let Some(name) = word.strip_prefix('@') {
        return Ok(Query::Mention(name.to_owned()));
    }
    match word.split_once(':') {
        Some(("from", name)) => Ok(Query::From(name.to_owned())),
        Some(("to", name)) => Ok(Query::To(name.to_owned())),
        Some(("is", "retweet")) => Ok(Query::IsRetweet),
        Some(("is", "reply")) => Ok(Query::IsReply),
        Some(("is", "quote")) => Ok(Query::IsQuote),
        Some(("has", "hashtags")) => Ok(Query::HasHashtags),
        Some((name, _)) => Err(format!("unknown operator {name}:")),
        None => Ok(Query::Words(word.to_lowercase())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_that_are_refused() {
        for rule in ["", "-is:retweet", "is:reply has:hashtags", "(#a", "#a )", "#a OR", "near:here #a"] {
            assert!(Query::parse(rule).is_err(), "{rule}");
        }
    }
}
