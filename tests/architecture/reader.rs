//! Finds the paths in a source text. No parser of Rust: comments and literals are taken out, `use`
//! trees are unfolded, and names that were imported or that begin with `super` are resolved.

use std::collections::{HashMap, HashSet};
use std::iter::Peekable;
use std::str::CharIndices;

/// A resolved path: from `crate`, or from another crate's name. It may end with `*`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Found {
    pub(crate) line: usize,
    pub(crate) parts: Vec<String>,
}

impl Found {
    /// The room of this crate that the path leads into; empty for the root itself.
    pub(crate) fn room(&self) -> Option<&str> {
        let inside = self.parts.first().is_some_and(|first| first == "crate");
        inside.then(|| self.parts.get(1).map_or("", String::as_str))
    }
}

/// A word, `::` as one, or another character that is no blank; with its line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Token {
    pub(crate) line: usize,
    pub(crate) text: String,
}

impl Token {
    fn is_word(&self) -> bool {
        self.text.starts_with(|ch: char| ch.is_alphanumeric() || ch == '_')
    }
}

/// The tokens of a source text without its comments and literals.
pub(crate) fn tokens(text: &str) -> Vec<Token> {
    let mut reading = Reading { text, rest: text.char_indices().peekable(), line: 1, found: Vec::new() };
    while let Some((at, ch)) = reading.bump() {
        reading.take(at, ch);
    }
    reading.found
}

struct Reading<'a> {
    text: &'a str,
    rest: Peekable<CharIndices<'a>>,
    line: usize,
    found: Vec<Token>,
}

impl Reading<'_> {
    fn bump(&mut self) -> Option<(usize, char)> {
        let next = self.rest.next();
        self.line += usize::from(next.is_some_and(|(_, ch)| ch == '\n'));
        next
    }

    fn peek(&mut self) -> Option<char> {
        self.rest.peek().map(|&(_, ch)| ch)
    }

    fn next_is(&mut self, wanted: char) -> bool {
        self.peek() == Some(wanted)
    }

    fn push(&mut self, text: &str) {
        self.found.push(Token { line: self.line, text: text.to_owned() });
    }

    fn take(&mut self, at: usize, ch: char) {
        match ch {
            '/' if self.next_is('/') => while !matches!(self.bump(), None | Some((_, '\n'))) {},
            '/' if self.next_is('*') => self.skip_comment(),
            '"' => self.skip_string(),
            '\'' => self.skip_char_or_lifetime(),
            ':' if self.next_is(':') => {
                self.bump();
                self.push("::");
            }
            _ if ch.is_alphanumeric() || ch == '_' => self.take_word(at, ch),
            _ if ch.is_whitespace() => {}
            _ => self.push(&ch.to_string()),
        }
    }

    fn take_word(&mut self, at: usize, first: char) {
        let mut end = at + first.len_utf8();
        while let Some(ch) = self.peek().filter(|ch| ch.is_alphanumeric() || *ch == '_') {
            end += ch.len_utf8();
            self.bump();
        }
        let word = &self.text[at..end];
        match (word, self.peek()) {
            ("r" | "br" | "cr", Some('"' | '#')) => self.skip_raw_string(),
            _ => self.push(word),
        }
    }

    fn skip_comment(&mut self) {
        let mut depth = 0;
        let mut before = '/';
        while let Some((_, ch)) = self.bump() {
            match (before, ch) {
                ('/', '*') => depth += 1,
                ('*', '/') => depth -= 1,
                _ => {
                    before = ch;
                    continue;
                }
            }
            before = ' ';
            if depth == 0 {
                return;
            }
        }
    }

    fn skip_string(&mut self) {
        while let Some((_, ch)) = self.bump() {
            match ch {
                '\\' => {
                    self.bump();
                }
                '"' => return,
                _ => {}
            }
        }
    }

    /// After `r`: a raw string, or the name after `r#`.
    fn skip_raw_string(&mut self) {
        let mut hashes = 0;
        while self.next_is('#') {
            self.bump();
            hashes += 1;
        }
        if !self.next_is('"') {
            return;
        }
        self.bump();
        let end = format!("\"{}", "#".repeat(hashes));
        while let Some((at, _)) = self.bump() {
            if self.text[at..].starts_with(&end) {
                for _ in 0..hashes {
                    self.bump();
                }
                return;
            }
        }
    }

    fn skip_char_or_lifetime(&mut self) {
        let Some((_, first)) = self.bump() else { return };
        if first == '\\' {
            self.bump();
            while !matches!(self.bump(), None | Some((_, '\''))) {}
        } else if self.next_is('\'') {
            self.bump();
        } else {
            while self.peek().is_some_and(|ch| ch.is_alphanumeric() || ch == '_') {
                self.bump();
            }
        }
    }
}

/// Every path of two parts or more, and every import, as resolved in that file of `src`.
pub(crate) fn paths(file: &str, text: &str) -> Vec<Found> {
    walk(file, tokens(text)).resolve()
}

/// The words in front of the name of an item.
const ITEMS: [&str; 8] = ["struct", "enum", "union", "trait", "type", "fn", "const", "static"];

/// What a file names outside of its tests.
pub(crate) struct Names {
    /// The imported names, each with the path that it stands for, as written.
    pub(crate) imports: Vec<(String, Vec<String>)>,
    /// The names of the items that the file defines.
    pub(crate) defined: HashSet<String>,
    /// Every path, as [`paths`] gives it.
    pub(crate) paths: Vec<Found>,
}

/// Reads a file as [`paths`] does, without the items behind `#[cfg(test)]`.
pub(crate) fn names_outside_tests(file: &str, text: &str) -> Names {
    let walk = walk(file, without_tests(tokens(text)));
    let imports = walk.uses.iter().map(|(name, found)| (name.clone(), found.parts.clone())).collect();
    let words = walk.tokens.iter().zip(walk.tokens.iter().skip(1));
    let items = words.filter(|(keyword, _)| ITEMS.contains(&keyword.text.as_str()));
    let defined = items.map(|(_, name)| name.text.clone()).collect();
    Names { imports, defined, paths: walk.resolve() }
}

/// Removes each `#[cfg(test)]` and the item after it: up to its `;`, or to the `}` of its body.
fn without_tests(tokens: Vec<Token>) -> Vec<Token> {
    const MARK: [&str; 7] = ["#", "[", "cfg", "(", "test", ")", "]"];
    let mut kept = Vec::new();
    let mut rest = tokens.as_slice();
    while let Some((first, behind)) = rest.split_first() {
        let marked =
            rest.len() >= MARK.len() && rest.iter().zip(MARK).all(|(token, mark)| token.text == mark);
        if !marked {
            kept.push(first.clone());
            rest = behind;
            continue;
        }
        let mut depth = 0_usize;
        let item = &rest[MARK.len()..];
        let end = item.iter().position(|token| match token.text.as_str() {
            "{" | "(" | "[" => {
                depth += 1;
                false
            }
            closing @ ("}" | ")" | "]") => {
                depth = depth.saturating_sub(1);
                depth == 0 && closing == "}"
            }
            ending => depth == 0 && ending == ";",
        });
        rest = end.map_or(&[], |end| &item[end + 1..]);
    }
    kept
}

fn walk(file: &str, tokens: Vec<Token>) -> Walk {
    let mut walk = Walk { tokens, at: 0, uses: Vec::new(), inline: Vec::new() };
    let mut modules = vec![(module_of(file), 0_usize)];
    let mut depth = 0_usize;
    while let Some(token) = walk.tokens.get(walk.at).cloned() {
        let module = modules.last().expect("the file's own module").0.clone();
        match token.text.as_str() {
            "{" => depth += 1,
            "}" => {
                depth = depth.saturating_sub(1);
                if modules.len() > 1 && modules.last().is_some_and(|(_, inside)| *inside > depth) {
                    modules.pop();
                }
            }
            "mod" if walk.text(2) == "{" => {
                let inner = [module, vec![walk.text(1).to_owned()]].concat();
                modules.push((inner, depth + 1));
                walk.at += 1;
            }
            "use" if walk.text(1) != "<" => {
                walk.at += 1;
                walk.take_tree(&module, Vec::new());
                continue;
            }
            _ if token.is_word() || (token.text == "::" && !walk.continues()) => {
                walk.take_inline(&module);
                continue;
            }
            _ => {}
        }
        walk.at += 1;
    }
    walk
}

/// `actors/partition/mod.rs` and `actors/partition.rs` are both the module `actors::partition`.
pub(crate) fn module_of(file: &str) -> Vec<String> {
    let parts = file.trim_end_matches(".rs").split('/');
    parts.filter(|part| !matches!(*part, "mod" | "lib" | "main")).map(ToOwned::to_owned).collect()
}

struct Walk {
    tokens: Vec<Token>,
    at: usize,
    /// Imports, with the names that they give.
    uses: Vec<(String, Found)>,
    inline: Vec<Found>,
}

impl Walk {
    fn text(&self, ahead: usize) -> &str {
        self.tokens.get(self.at + ahead).map_or("", |token| &token.text)
    }

    /// Whether a `::` belongs to the text before it, as in `<T>::new` or `Vec::<u8>::new`.
    fn continues(&self) -> bool {
        let before = self.at.checked_sub(1).and_then(|before| self.tokens.get(before));
        before.is_some_and(|token| token.text == ">" || token.is_word())
    }

    fn take_inline(&mut self, module: &[String]) {
        let line = self.tokens.get(self.at).map_or(0, |token| token.line);
        let mut parts = Vec::new();
        if self.text(0) == "::" {
            self.at += 1;
        }
        while self.tokens.get(self.at).is_some_and(Token::is_word) {
            parts.push(self.text(0).to_owned());
            let on = self.text(1) == "::" && self.tokens.get(self.at + 2).is_some_and(Token::is_word);
            self.at += if on { 2 } else { 1 };
            if !on {
                break;
            }
        }
        if parts.len() > 1 {
            self.inline.push(Found { line, parts: absolute(module, parts) });
        }
        self.at += usize::from(self.tokens.get(self.at).is_some_and(|token| token.text == "::"));
    }

    /// One branch of a `use` tree, after `prefix`.
    fn take_tree(&mut self, module: &[String], mut prefix: Vec<String>) {
        let line = self.tokens.get(self.at).map_or(0, |token| token.line);
        loop {
            match self.text(0).to_owned().as_str() {
                "::" => self.at += 1,
                "{" => {
                    self.at += 1;
                    while !matches!(self.text(0), "}" | "") {
                        self.take_tree(module, prefix.clone());
                        self.at += usize::from(self.text(0) == ",");
                    }
                    self.at += 1;
                    return;
                }
                "as" => {
                    let alias = self.text(1).to_owned();
                    self.at += 2;
                    return self.import(line, module, prefix, alias);
                }
                word @ ("*" | "self") if word == "*" || !prefix.is_empty() => {
                    if word == "*" {
                        prefix.push(word.to_owned());
                    }
                    self.at += 1;
                }
                word if word.starts_with(|ch: char| ch.is_alphanumeric() || ch == '_') => {
                    prefix.push(word.to_owned());
                    self.at += 1;
                }
                _ => {
                    let name = prefix.last().cloned().unwrap_or_default();
                    return self.import(line, module, prefix, name);
                }
            }
        }
    }

    fn import(&mut self, line: usize, module: &[String], path: Vec<String>, name: String) {
        self.uses.push((name, Found { line, parts: absolute(module, path) }));
    }

    /// Replaces imported names by their paths.
    fn resolve(self) -> Vec<Found> {
        let mut known: HashMap<String, Vec<Vec<String>>> = HashMap::new();
        for (name, found) in &self.uses {
            known.entry(name.clone()).or_default().push(found.parts.clone());
        }
        let written = self.uses.into_iter().map(|(_, found)| found).chain(self.inline);
        written
            .flat_map(|Found { line, parts }| {
                let mut meant = vec![parts];
                // An import may depend on another one; a few steps are followed.
                for _ in 0..4 {
                    meant = meant.iter().flat_map(|parts| expand(parts, &known)).collect();
                }
                meant.into_iter().map(move |parts| Found { line, parts })
            })
            .collect()
    }
}

fn expand(parts: &[String], known: &HashMap<String, Vec<Vec<String>>>) -> Vec<Vec<String>> {
    let Some((first, rest)) = parts.split_first() else { return Vec::new() };
    let targets = known.get(first).into_iter().flatten().filter(|target| target.first() != Some(first));
    let expanded: Vec<_> = targets.map(|target| [target.as_slice(), rest].concat()).collect();
    if expanded.is_empty() { vec![parts.to_vec()] } else { expanded }
}

/// The path from the crate's root, where it begins with `self`, `super` or, as `main` says, our name.
fn absolute(module: &[String], path: Vec<String>) -> Vec<String> {
    let ups = path.iter().take_while(|part| *part == "super").count();
    let here = match path.first().map(String::as_str) {
        Some("flashtag") if module.is_empty() => {
            return [&["crate".to_owned()], path.get(1..).unwrap_or_default()].concat();
        }
        Some("self") => module,
        Some("super") => module.get(..module.len().saturating_sub(ups)).unwrap_or_default(),
        _ => return path,
    };
    let rest = path.into_iter().skip(ups.max(1));
    std::iter::once("crate".to_owned()).chain(here.iter().cloned()).chain(rest).collect()
}
