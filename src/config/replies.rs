//! The reply rate of the shop on each network: upper bounds on the replies within a time.

use std::fmt;
use std::str::FromStr;

use super::keys::Keys;
use crate::domain::id::Network;
use crate::domain::time::Millis;

/// Upper bound on the replies of a ceiling: that many departure times are kept for each network.
pub const DEPARTURES_MOST: usize = 100_000;

/// Upper bound on the ceilings of one network.
const CEILINGS_MOST: usize = 8;

/// The value that sets no ceiling.
const UNPACED: &str = "unpaced";

/// A ceiling: an upper bound on the replies within any period of a given length.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ceiling {
    /// Upper bound on the replies.
    pub most: usize,
    /// The length of the period.
    pub per: Millis,
}

/// The ceilings of one network, which apply together. Without any, replies are not paced.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ReplyPace(Vec<Ceiling>);

/// The error of a text that is no pace.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "not a number (1 to {DEPARTURES_MOST}) per length of time, nor several with commas between, nor \"{UNPACED}\""
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
pub struct Ceilings([ReplyPace; Network::ALL.len()]);

impl Default for Ceilings {
    /// The ceilings that the networks themselves set for one account.
    fn default() -> Self {
        let ceiling =
            |&(most, minutes): &(usize, u32)| Ceiling { most, per: Millis::from_secs(minutes * 60) };
        Self(Network::ALL.map(|network| {
            let ceilings = network.facts().reply_ceilings;
            ReplyPace(ceilings.iter().map(ceiling).collect())
        }))
    }
}

impl Ceilings {
    /// No ceilings on any network.
    #[must_use]
    pub fn unpaced() -> Self {
        Self(Network::ALL.map(|_| ReplyPace::default()))
    }

    /// Returns these paces with the pace of one network replaced.
    #[must_use]
    pub fn with(mut self, network: Network, pace: impl Into<ReplyPace>) -> Self {
        if let Some(of_network) = self.0.get_mut(network.index()) {
            *of_network = pace.into();
        }
        self
    }

    /// The pace of a network.
    #[must_use]
    pub fn of(&self, network: Network) -> &ReplyPace {
        self.0.get(network.index()).expect("every network has a pace")
    }
}

/// Reads the table `[replies]`.
pub(super) fn read(keys: &Keys<'_>) -> Option<Ceilings> {
    // All values are read before the first missing one returns, so that every fault is reported.
    let paces = Network::ALL.map(|network| match keys.get(network.name()) {
        Some(field) => Some((network, field.parsed::<ReplyPace>("\"100 per 15m, 10000 per 24h\"")?)),
        None => Some((network, Ceilings::default().of(network).clone())),
    });
    keys.done();
    let paces: Option<Vec<_>> = paces.into_iter().collect();
    Some(
        paces?
            .into_iter()
            .fold(Ceilings::unpaced(), |ceilings, (network, pace)| ceilings.with(network, pace)),
    )
}
