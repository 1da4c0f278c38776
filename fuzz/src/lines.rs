//! Links, card transactions and an operator's commands: the bytes are decoded as a line of each.

use flashtag::domain::id::Authors;
use flashtag::domain::link::LinkedAccount;
use flashtag::intake::accounts::decode_link;
use flashtag::intake::commands::decode_command;
use flashtag::intake::transactions::decode_transaction;

/// A decoder that accepts a line returns a valid value, whatever the bytes.
pub fn run(line: &[u8]) {
    // A link has no default: whatever the line, a decoded link must be valid.
    if let Ok(LinkedAccount { link, .. }) = decode_link(line, Authors::OfNetworksOrSandbox) {
        let email = link.email().unwrap_or_default();
        let one_line = !email.bytes().any(|byte| byte.is_ascii_control());
        assert!(email.contains('@') && one_line, "{link:?}");
        assert!(link.last4().len() == 4 && !link.token().is_empty(), "{link:?}");
    }
    if let Ok(arrived) = decode_transaction(line) {
        let transaction = arrived.transaction;
        assert!(transaction.amount.minor > 0 && !transaction.card.is_empty(), "{transaction:?}");
    }
    if let Ok(scheduled) = decode_command(line) {
        assert!(!format!("{scheduled:?}").is_empty());
    }
}

/// A line of each kind.
pub fn seeds() -> Vec<Vec<u8>> {
    [
        r#"{"network":"x","author_id":"42","card":{"token":"tok_1","brand":"amex","funding":"credit","last4":"1005"},"email":"ana@example.com","region":"US-NY"}"#,
        r#"{"network":"x","author_id":"sandbox:ana","card":{"token":"tok_1","brand":"amex","funding":"credit","last4":"1005"},"email":"ana@example.com","region":"US-NY"}"#,
        r#"{"id":"t-1","card":"tok_1","merchant":"m-100","amount":"31.20 USD","at":"2026-01-01T00:00:00Z","kind":"purchase"}"#,
        r#"{"id":"t-2","card":"tok_1","merchant":"m-100","amount":"31.20","currency":"USD","at":"2026-01-01T00:00:00Z","kind":"refund","refund_of":"t-1","arrived_at":null}"#,
        r#"{"at":"2026-01-01T00:00:00Z","command":"restock","offer":"kindle","units":5}"#,
        r#"{"at":"2026-01-01T00:00:00Z","command":"withdraw","offer":"kindle","units":4294967295}"#,
        r#"{"at":"2026-01-01T00:00:00Z","command":"unfreeze","account":"x:42"}"#,
        r#"{"at":"2026-01-01T00:00:00Z","command":"unlink","account":"x:sandbox:ana"}"#,
    ]
    .iter()
    .map(|line| line.as_bytes().to_vec())
    .collect()
}
