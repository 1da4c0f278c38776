//! An account of a running server, as commands name it, and its path there.

use std::fmt::Write as _;

use super::remote::Remote;
use crate::domain::id::Account;

#[derive(Debug, clap::Args)]
pub(crate) struct AccountArgs {
    #[command(flatten)]
    pub(super) remote: Remote,
    /// The account, as x:42
    #[arg(long, value_name = "ACCOUNT")]
    pub(super) account: Account,
}

impl AccountArgs {
    /// The path of the account.
    pub(super) fn path(&self) -> String {
        let Account { network, author } = &self.account;
        format!("/v1/accounts/{network}/{}", encoded(&author.text()))
    }
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
