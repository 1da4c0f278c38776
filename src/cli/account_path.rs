//! The path of an account in a server's API.

use std::fmt::Write as _;

use crate::domain::id::Account;

/// The path of an account.
pub(super) fn path_of(account: &Account) -> String {
    let Account { network, author } = account;
    format!("/v1/accounts/{network}/{}", encoded(&author.text()))
}

/// Percent-encodes an id as one path segment: the ids of some networks are URLs.
fn encoded(id: &str) -> String {
    let mut out = String::with_capacity(id.len());
    for byte in id.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~:".contains(&byte) {
            out.push(char::from(byte));
        } else {
            write!(out, "%{byte:02X}").expect("a string takes it");
        }
    }
    out
}
