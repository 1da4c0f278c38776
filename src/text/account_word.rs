//! Account words: a post to the shop that consists of STOP, START or FREEZE.

use compact_str::CompactString;

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

/// The account word of a post whose whole text is one of the three words, addressed to a shop with one of
/// these handles: `@AmexSync stop!`.
///
/// Looks only at the first character, unless the text begins with a mention.
#[must_use]
pub fn account_word(text: &str, handles: &[CompactString]) -> Option<AccountWord> {
    let mut rest = text.trim_start();
    let mut to_shop = false;
    while let Some(after_sign) = rest.strip_prefix(['@', '＠']) {
        let name = after_sign.split(char::is_whitespace).next()?;
        if !is_name(name) {
            return None;
        }
        to_shop |= handles.iter().any(|handle| is_of(name, handle));
        rest = after_sign.get(name.len()..)?.trim_start();
    }
    if to_shop { word(rest.trim_end().trim_end_matches(['.', '!'])) } else { None }
}

fn word(text: &str) -> Option<AccountWord> {
    let words = [("STOP", AccountWord::Stop), ("START", AccountWord::Start), ("FREEZE", AccountWord::Freeze)];
    words.into_iter().find(|(word, _)| text.eq_ignore_ascii_case(word)).map(|(_, command)| command)
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

/// A character of a name. Names of other accounts may be in any script.
fn is_name(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|ch| ch.is_alphanumeric() || matches!(ch, '_' | '.' | '-' | '@'))
}
