//! The people whose story is told in full: what each posts, and at which cue.

use super::tags::{BUY, CONFIRM};
use crate::domain::id::Network;

/// How a person pays.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Card {
    /// With a linked card.
    Linked,
    /// With a linked card that is declined.
    Declined,
    /// Nobody linked a card.
    None,
}

/// When a person acts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cue {
    /// That long after the shop's announcement.
    Announced,
    /// That long after a reply of the shop that holds this text.
    Told(&'static str),
}

/// What a person does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Deed {
    /// Posts this text, with `{shop}` for the shop's name; an answer where the cue is a reply.
    Posts(&'static str),
    /// Deletes the first post.
    Deletes,
}

/// One act of a person.
#[derive(Debug, Clone, Copy)]
pub(super) struct Line {
    pub(super) cue: Cue,
    pub(super) after_ms: i64,
    pub(super) deed: Deed,
}

/// A person whose story is told in full.
#[derive(Debug, Clone, Copy)]
pub(super) struct Role {
    pub(super) name: &'static str,
    pub(super) network: Network,
    pub(super) card: Card,
    pub(super) lines: &'static [Line],
}

const fn opening(after_ms: i64, text: &'static str) -> Line {
    Line { cue: Cue::Announced, after_ms, deed: Deed::Posts(text) }
}

const fn answer(told: &'static str, after_ms: i64, deed: Deed) -> Line {
    Line { cue: Cue::Told(told), after_ms, deed }
}

/// When the last of them has begun; then the crowd comes.
pub(super) const CROWD_COMES_MS: i64 = 7_000;

/// Everybody, in the order of their appearance.
pub(super) const CAST: [Role; 6] = [
    // Buys.
    Role {
        name: "ana",
        network: Network::Bluesky,
        card: Card::Linked,
        lines: &[
            opening(700, "I want it! @{shop} #BuyKettle"),
            answer(CONFIRM, 1_500, Deed::Posts("@{shop} #ConfirmKettle")),
        ],
    },
    // A stranger.
    Role {
        name: "leo",
        network: Network::Mastodon,
        card: Card::None,
        lines: &[opening(1_600, "@{shop} one for my granny, please: #BuyKettle")],
    },
    // Says nothing more, so the unit goes to the next in line.
    Role {
        name: "mia",
        network: Network::X,
        card: Card::Linked,
        lines: &[opening(2_500, "@{shop} payday, so #BuyKettle it is")],
    },
    // Thinks better of it.
    Role {
        name: "tom",
        network: Network::Mastodon,
        card: Card::Linked,
        lines: &[opening(3_400, "Ooh, @{shop} #BuyKettle"), answer(CONFIRM, 1_800, Deed::Deletes)],
    },
    // Confirms, and the bank says no.
    Role {
        name: "zoe",
        network: Network::X,
        card: Card::Declined,
        lines: &[
            opening(4_300, "@{shop} #BuyKettle for the office"),
            answer(CONFIRM, 1_500, Deed::Posts("@{shop} #ConfirmKettle")),
        ],
    },
    // Falls for a tag with another letter, a Cyrillic one, and does not want to hear of it.
    Role {
        name: "eve",
        network: Network::Bluesky,
        card: Card::Linked,
        lines: &[opening(5_200, "@{shop} #BuуKettle"), answer(BUY, 1_500, Deed::Posts("@{shop} STOP"))],
    },
];
