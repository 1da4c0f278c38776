//! The replies to an account that freezes itself.

use super::{ACCOUNTS, OFFERS, POSTS, Sale, text};

#[test]
fn a_frozen_account_is_notified_once_and_how_to_unfreeze() {
    let posts = POSTS.replace("#ConfirmKindle", "@AmexSync FREEZE");
    let again =
        POSTS.lines().next().unwrap_or_default().replace("\"1\"", "\"3\"").replace("12:00:00", "12:02:00");
    let posts = format!("{posts}{again}\n");
    let sale = Sale::new(OFFERS, ACCOUNTS, posts);
    sale.sell().must(0, &[]);
    let effects = sale.lines("out/effects.ndjson");
    let replies: Vec<&str> = effects
        .iter()
        .filter(|effect| text(effect, "kind") == "reply")
        .map(|effect| text(effect, "text"))
        .collect();
    assert_eq!(replies.len(), 2, "the prompt, and the freeze once: {replies:?}");
    assert!(replies[1].starts_with("Your account is frozen"), "{}", replies[1]);
    sale.verify(&["--strict"]).must(0, &[]);
}
