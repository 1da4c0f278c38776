//! A signed link by which the reader of letters stops one kind of them.
//!
//! A token is URL-safe base64 of `version, statement, signature`, as that of a confirm link, with another purpose: neither opens
//! where the other one does. It is good for ever, because a letter is read at any time.

use super::letter_kind::LetterKind;
use super::signed_link::{LinkKey, seal, unseal};
use crate::domain::id::Account;

/// Prefix of the signed bytes.
const PURPOSE: &[u8] = b"flashtag/stop-letters/";

/// Makes the token that stops a kind of letters to an account.
#[must_use]
pub fn sign_stop(key: &LinkKey, kind: LetterKind, account: &Account) -> String {
    seal(key, PURPOSE, &format!("{} {account}", kind.name()))
}

/// What a token stops; `None` if this key did not sign it.
#[must_use]
pub fn open_stop(key: &LinkKey, token: &str) -> Option<(LetterKind, Account)> {
    let statement = unseal(key, PURPOSE, token).ok()?;
    let (kind, account) = str::from_utf8(&statement).ok()?.split_once(' ')?;
    Some((LetterKind::named(kind)?, account.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::id::OfferId;
    use crate::domain::time::Timestamp;
    use crate::words::signed_link::{open, sign};

    #[test]
    fn a_token_opens_whole_with_its_own_key_and_for_its_own_purpose() {
        let (key, other) = (LinkKey::new([7; 32]), LinkKey::new([8; 32]));
        let account: Account = "mastodon:https://town.example/users/ana".parse().unwrap();
        let token = sign_stop(&key, LetterKind::Credits, &account);
        assert_eq!(open_stop(&key, &token), Some((LetterKind::Credits, account.clone())));
        assert_eq!(open_stop(&other, &token), None);
        for at in 0..token.len() {
            let mut changed = token.clone().into_bytes();
            changed[at] = if changed[at] == b'A' { b'B' } else { b'A' };
            let changed = String::from_utf8(changed).unwrap();
            let opened = open_stop(&key, &changed);
            // The last digit of base64 may have bits that mean nothing.
            assert!(opened.is_none() || at + 1 == token.len(), "{at}");
        }
        for bad in ["", "A", &token[1..], &"A".repeat(2000)] {
            assert_eq!(open_stop(&key, bad), None, "{bad}");
        }
        let confirms = sign(&key, &OfferId::parse("pot").unwrap(), 1, &account, Timestamp::MAX);
        assert_eq!(open_stop(&key, &confirms), None);
        assert!(open(&key, &token, Timestamp::MIN).is_err());
    }
}
