//! The shop's accounts at the networks: what each delivers, how fast it answers, and what that costs.

use std::io::{self, Write};

use crate::config::serve::{NetworkAccount, ServeConfig};
use crate::text::network::Capabilities;
use crate::text::price::Prices;

/// Shows every account.
pub(super) fn show_networks(out: &mut impl Write, config: &ServeConfig) -> io::Result<()> {
    for account in &config.networks {
        let NetworkAccount { name, network, host, read, reply, .. } = account;
        let replies = if *reply { "replies" } else { "does not reply" };
        writeln!(out, "{name}: {} at {host}, reads {read}, {replies}", account.account)?;
        writeln!(out, "  delivers {}", delivered(read.delivers()))?;
        if *reply {
            let direct =
                if account.sends_direct() { ", prompts and reminders also as direct messages" } else { "" };
            writeln!(out, "  replies leave at {}{direct}", config.replies.of(*network))?;
        }
        if let Some(prices) = network.facts().prices {
            writeln!(out, "  {}", charged(prices, account))?;
        }
    }
    if !config.networks.is_empty() {
        writeln!(out)?;
    }
    Ok(())
}

fn delivered(delivers: Capabilities) -> String {
    delivers.rows().map(|(what, delivers)| format!("{what}: {}", delivers.word())).join("; ")
}

fn charged(prices: &Prices, account: &NetworkAccount) -> String {
    let Prices { of, read, owned_read, post, summoned_reply, post_with_link } = prices;
    let budget =
        account.budget.as_ref().map_or_else(|| "no budget".to_owned(), |own| format!("budget {own}"));
    format!(
        "prices of {of}: a post read {read}, of the app's owner {owned_read}; a reply {summoned_reply}, another post {post}, \
         with a link {post_with_link}; {budget}"
    )
}
