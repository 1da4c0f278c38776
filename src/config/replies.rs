//! How fast the shop may speak: each network's ceilings, as many replies in so long a time.

use std::fmt;
use std::str::FromStr;

use super::document::Keys;
use crate::domain::id::Network;
use crate::domain::time::Millis;

/// Departures remembered for each network, the latest ones; no ceiling is above this.
pub const DEPARTURES_MOST: usize = 100_000;

/// More ceilings than any network names.
const CEILINGS_MOST: usize = 8;

/// The word for no ceiling at all.
const UNPACED: &str = "unpaced";

/// At most so many within any time of that length.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ceiling {
    /// So many.
    pub most: usize,
    /// Within so long.
    pub per: Millis,
}

/// The ceilings of one network, all of which hold; none at all for a network without.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ReplyPace(Vec<Ceiling>);

/// The text says no pace.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "not so many (1 to {DEPARTURES_MOST}) per so long, one or more with commas between, nor \"{UNPACED}\""
)]
pub struct NotAPace;

impl ReplyPace {
    /// The ceilings.
    #[must_use]
    pub fn ceilings(&self) -> &[Ceiling] {
        &self.0
    }
}

impl From<Ceiling> for ReplyPace {
    fn from(ceiling: Ceiling) -> Self {
        Self(vec![ceiling])
    }
}

impl FromStr for ReplyPace {
    type Err = NotAPace;

    fn from_str(text: &str) -> Result<Self, NotAPace> {
        if text == UNPACED {
            return Ok(Self::default());
        }
        let ceilings: Vec<Ceiling> = text.split(',').map(str::parse).collect::<Result<_, _>>()?;
        if ceilings.len() <= CEILINGS_MOST { Ok(Self(ceilings)) } else { Err(NotAPace) }
    }
}

impl FromStr for Ceiling {
    type Err = NotAPace;

    fn from_str(text: &str) -> Result<Self, NotAPace> {
        let (most, per) = text.split_once(" per ").ok_or(NotAPace)?;
        let most = most.trim().parse().ok().filter(|most| (1..=DEPARTURES_MOST).contains(most));
        let per = per.trim().parse().ok().filter(|per| *per > Millis::ZERO);
        Ok(Self { most: most.ok_or(NotAPace)?, per: per.ok_or(NotAPace)? })
    }
}

impl fmt::Display for Ceiling {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} per {}", self.most, self.per)
    }
}

impl fmt::Display for ReplyPace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut parts = self.0.iter();
        let Some(first) = parts.next() else { return f.write_str(UNPACED) };
        write!(f, "{first}")?;
        parts.try_for_each(|ceiling| write!(f, ", {ceiling}"))
    }
}

/// The paces of all networks: the table `[replies]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ceilings {
    /// Of X.
    pub x: ReplyPace,
    /// Of Bluesky.
    pub bluesky: ReplyPace,
    /// Of Mastodon.
    pub mastodon: ReplyPace,
}

impl Default for Ceilings {
    /// What the networks themselves allow one account.
    fn default() -> Self {
        let pace = |ceilings: &[(usize, u32)]| {
            let ceiling = |&(most, minutes)| Ceiling { most, per: Millis::from_secs(minutes * 60) };
            ReplyPace(ceilings.iter().map(ceiling).collect())
        };
        Self {
            x: pace(&[(100, 15), (10_000, 24 * 60)]),
            bluesky: pace(&[(1666, 60), (11_666, 24 * 60)]),
            mastodon: pace(&[(300, 3 * 60)]),
        }
    }
}

impl Ceilings {
    /// No ceilings anywhere.
    #[must_use]
    pub fn unpaced() -> Self {
        let (x, bluesky, mastodon) = (ReplyPace::default(), ReplyPace::default(), ReplyPace::default());
        Self { x, bluesky, mastodon }
    }

    /// The pace of a network.
    #[must_use]
    pub fn of(&self, network: Network) -> &ReplyPace {
        match network {
            Network::X => &self.x,
            Network::Bluesky => &self.bluesky,
            Network::Mastodon => &self.mastodon,
        }
    }
}

/// Reads the table `[replies]`.
pub(super) fn read(keys: &Keys<'_>) -> Option<Ceilings> {
    let usual = Ceilings::default();
    let pace = |key: &'static str, usual: ReplyPace| match keys.get(key) {
        Some(field) => field.parsed("\"100 per 15m, 10000 per 24h\""),
        None => Some(usual),
    };
    // All are read before any is missed, so that each one's fault is named.
    let (x, bluesky) = (pace("x", usual.x), pace("bluesky", usual.bluesky));
    let mastodon = pace("mastodon", usual.mastodon);
    keys.done();
    Some(Ceilings { x: x?, bluesky: bluesky?, mastodon: mastodon? })
}
