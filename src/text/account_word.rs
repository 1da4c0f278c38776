//! Account words: a post to the shop that consists of STOP, START or FREEZE.

use compact_str::CompactString;
use unicode_normalization::UnicodeNormalization;
use unicode_properties::{GeneralCategoryGroup, UnicodeGeneralCategory};

use super::invisible::is_invisible;
use super::length::emoji;

/// An intent that concerns the whole account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AccountWord {
    /// STOP: no replies and e-mails any more.
    Stop,
    /// START: replies and e-mails again.
    Start,
    /// FREEZE: no buying any more.
    Freeze,
}

/// The account word of a post whose only word is one of the three, and that mentions a shop with one of these
/// handles: `@AmexSync, stop!`.
///
/// Mentions, punctuation, emoji and invisible characters may stand anywhere around the word, and it may be
/// repeated. Any other word makes the post ordinary text, so the search ends at the first one.
#[must_use]
pub fn account_word(text: &str, handles: &[CompactString]) -> Option<AccountWord> {
    let (mut rest, mut to_shop, mut said) = (text, false, None);
    while let Some(ch) = rest.chars().next() {
        // Most texts are about something else, and end here.
        if ch.is_ascii_alphabetic() && !matches!(ch, 'S' | 's' | 'F' | 'f') {
            return None;
        }
        let mut length = emoji::len(rest).unwrap_or_else(|| ch.len_utf8());
        if matches!(ch, '@' | '＠') {
            let name = mentioned(rest.get(length..)?);
            to_shop |= handles.iter().any(|handle| is_of(name, handle));
            length += name.len();
        } else if is_in_word(ch) && emoji::len(rest).is_none() {
            length = rest.find(|ch| !(is_in_word(ch) || is_invisible(ch))).unwrap_or(rest.len());
            let (word, behind) = rest.split_at_checked(length)?;
            let word = command(word)?;
            // `stop@shop.example` is an address, and of two different words neither is meant.
            if behind.starts_with(['@', '＠']) || said.is_some_and(|earlier| earlier != word) {
                return None;
            }
            said = Some(word);
        }
        rest = rest.get(length..)?;
    }
    said.filter(|_| to_shop)
}

/// The command that a word is, compared as tags are: without regard to case and to forms of a letter.
fn command(word: &str) -> Option<AccountWord> {
    let words = [("STOP", AccountWord::Stop), ("START", AccountWord::Start), ("FREEZE", AccountWord::Freeze)];
    let is = |known: &str| {
        if word.is_ascii() {
            return word.eq_ignore_ascii_case(known);
        }
        let letters = word.chars().filter(|ch| !is_invisible(*ch)).nfkc();
        letters.map(|ch| ch.to_ascii_uppercase()).eq(known.chars())
    };
    words.into_iter().find(|(known, _)| is(known)).map(|(_, command)| command)
}

/// The name that a text begins with; empty if it begins with none. Dots and dashes end no name, so that
/// `@AmexSync...` is a mention of `AmexSync`.
pub(super) fn mentioned(text: &str) -> &str {
    let is_inside = |ch: char| ch.is_alphanumeric() || matches!(ch, '_' | '.' | '-' | '@');
    // Most names are of ASCII, and every claim that names an account is read here.
    let plain = text.bytes().take_while(|byte| byte.is_ascii_alphanumeric() || *byte == b'_').count();
    let (mut end, mut dotted) = (plain, false);
    for (at, ch) in text.get(plain..).unwrap_or_default().char_indices() {
        if !is_inside(ch) || (ch == '.' && dotted) {
            break;
        }
        (end, dotted) = (plain + at + ch.len_utf8(), ch == '.');
    }
    text.get(..end).unwrap_or_default().trim_end_matches(['.', '-', '@'])
}

/// The name in a handle, without its server: `AmexSync` in `AmexSync@mastodon.social`.
#[must_use]
pub fn local_name(handle: &str) -> &str {
    handle.split_once('@').map_or(handle, |(name, _)| name)
}

/// Whether a mention is of that handle. If both name a server, the servers must be equal too; Mastodon shows
/// mentions without the server.
fn is_of(name: &str, handle: &str) -> bool {
    if name.contains('@') && handle.contains('@') {
        name.eq_ignore_ascii_case(handle)
    } else {
        local_name(name).eq_ignore_ascii_case(local_name(handle))
    }
}

/// Whether a character belongs to a word. Marks do: a crossed-out `STOP` is another word.
fn is_in_word(ch: char) -> bool {
    if ch.is_ascii() {
        return ch.is_ascii_alphanumeric();
    }
    let is_mark = || ch.general_category_group() == GeneralCategoryGroup::Mark;
    !is_invisible(ch) && (ch.is_alphanumeric() || is_mark())
}
