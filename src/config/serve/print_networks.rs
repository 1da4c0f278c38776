//! Prints the shop's accounts at the networks.

use std::fmt::Display;

use super::{Credentials, NetworkAccount};
use crate::text::network::Sends;

/// What stands there while no account is configured: an example of each network.
const NONE: &str =
    "# The shop's own accounts at the networks, each of which hears posts and is answered from; none.
# [[network]]
# name = \"shop-bluesky\"
# kind = \"bluesky\"                       # x, bluesky or mastodon
# host = \"https://bsky.social\"           # the server of the account; needed for mastodon only
# account = \"did:plc:...\"                # X: its number; Mastodon: its `uri`
# app_password_file = \"app-password\"     # Mastodon: token_file; X: client_id and client_secret_file
# budget = \"50 USD per day\"              # what reading and replying may cost
# read = \"jetstream\"                     # what is read; \"off\" for nothing
# reply = true                           # whether replies are posted there
# links_in_replies = true                # X charges more for a reply with a link, so there false
# direct_messages = true                 # Mastodon: prompts and reminders that would be e-mails
";

/// Prints every account as it reads back.
pub(super) fn print(accounts: &[NetworkAccount], out: &mut String) {
    out.push('\n');
    if accounts.is_empty() {
        out.push_str(NONE);
    }
    for account in accounts {
        out.push_str("[[network]]\n");
        put(out, "name", &account.name);
        put(out, "kind", account.network);
        put(out, "host", &account.host);
        put(out, "account", &account.account.author);
        if let Some(directory) = &account.directory {
            put(out, "directory", directory);
        }
        match &account.credentials {
            Credentials::App { client_id, client_secret_file, token_file } => {
                put(out, "client_id", client_id);
                put(out, "client_secret_file", client_secret_file.display());
                if let Some(file) = token_file {
                    put(out, "token_file", file.display());
                }
            }
            Credentials::AppPassword(file) => put(out, "app_password_file", file.display()),
            Credentials::Token(file) => put(out, "token_file", file.display()),
        }
        if let Some(budget) = &account.budget {
            put(out, "budget", budget);
        }
        put(out, "read", &account.read);
        out.push_str(&format!(
            "reply = {}\nlinks_in_replies = {}\n",
            account.reply, account.links_in_replies
        ));
        if account.network.facts().sends_direct == Sends::Always {
            out.push_str(&format!("direct_messages = {}\n", account.direct_messages));
        }
    }
}

fn put(out: &mut String, key: &str, value: impl Display) {
    out.push_str(&format!("{key} = {}\n", toml::Value::String(value.to_string())));
}
