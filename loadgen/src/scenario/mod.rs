//! Scenarios: who comes, when, how it is sent, and what the run must not be. A TOML file each.

mod built_in;
mod delivery;
mod offer;

use std::path::Path;

use crowd::{CardPlan, Crowd, CrowdPlan, Curve, HabitPlan, Phase, Target};
use serde::Deserialize;

pub use self::built_in::BUILT_IN;
pub use self::delivery::{Bots, Late, Outage, Sending};
pub use self::offer::ScenarioOffer;
use crate::error::CommandError;
use crate::threshold::Threshold;

/// A scenario, as its file says it.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    /// Its name: that of the built-in, or of the file without its ending.
    #[serde(skip)]
    pub name: String,
    /// What it is like, in one line.
    pub title: String,
    /// What decides who people are and what they do.
    #[serde(default = "seed")]
    pub seed: u64,
    /// The first seconds, which no percentile counts.
    #[serde(default)]
    pub warmup_s: f64,
    /// How many seconds the sale is given to come to rest after the last phase.
    #[serde(default = "settle_s")]
    pub settle_s: f64,
    /// Posts that do not matter, for each claim.
    #[serde(default)]
    pub noise_per_claim: f64,
    /// Conditions under which the run has failed.
    #[serde(default)]
    pub fail_if: Vec<Threshold>,
    /// How posts become requests.
    #[serde(rename = "send", default)]
    pub sending: Sending,
    /// The people.
    #[serde(default)]
    pub crowd: People,
    /// What they want, the most wanted first.
    #[serde(rename = "offer")]
    pub offers: Vec<ScenarioOffer>,
    /// When they claim.
    #[serde(rename = "phase")]
    pub phases: Vec<Phase>,
    /// The share of posts that the network brings late.
    pub late: Option<Late>,
    /// A time in which the network brings nothing, and makes up for it afterwards.
    pub outage: Option<Outage>,
    /// Accounts that post faster than people.
    pub bots: Option<Bots>,
}

/// The people of a scenario; what they want are its offers.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct People {
    /// How many; by default as many as there are claims.
    pub accounts: Option<u64>,
    /// What their cards are like.
    pub cards: CardPlan,
    /// What they do.
    pub habits: HabitPlan,
}

fn seed() -> u64 {
    2013
}

fn settle_s() -> f64 {
    10.0
}

impl Scenario {
    /// The built-in scenario of that name, or else the one in that file.
    ///
    /// # Errors
    /// When there is neither, or a fault in it, which is named with its line.
    pub fn find(name: &str) -> Result<Self, CommandError> {
        if let Some((name, text)) = BUILT_IN.iter().find(|(known, _)| *known == name) {
            return Self::parse(text, name, &format!("scenario {name}"));
        }
        let path = Path::new(name);
        if !name.contains(['.', '/']) {
            let known = BUILT_IN.map(|(known, _)| known).join(", ");
            return Err(CommandError::usage(format!(
                "no scenario is called {name}; there are {known}, or name a file"
            )));
        }
        let text = std::fs::read_to_string(path).map_err(|source| CommandError::no_input(path, &source))?;
        let stem = path.file_stem().map_or_else(|| name.into(), |stem| stem.to_string_lossy());
        Self::parse(&text, &stem, name)
    }

    /// Reads a scenario; `place` is where it came from, for messages.
    ///
    /// # Errors
    /// The first fault, with its line.
    pub fn parse(text: &str, name: &str, place: &str) -> Result<Self, CommandError> {
        let parsed = toml::from_str::<Self>(text);
        let scenario = parsed.map_err(|fault| {
            let line = fault
                .span()
                .and_then(|span| text.get(..span.start))
                .map(|before| before.bytes().filter(|byte| *byte == b'\n').count() + 1);
            let line = line.map_or_else(String::new, |line| format!(":{line}"));
            CommandError::data(format!("{place}{line}: {}", fault.message()))
        })?;
        let scenario = Self { name: name.to_owned(), ..scenario };
        scenario.judge().map_err(|words| CommandError::data(format!("{place}: {words}")))?;
        Ok(scenario)
    }

    /// What no single line is to blame for.
    fn judge(&self) -> Result<(), String> {
        let curve = self.curve().map_err(|fault| format!("the phases: {fault}"))?;
        if curve.claims() == 0 {
            return Err("nobody ever claims anything; give a [[phase]] a rate".to_owned());
        }
        if self.offers.is_empty() {
            return Err("there is nothing to want; add an [[offer]]".to_owned());
        }
        let span_s = curve.span_ms() as f64 / 1000.0;
        if !(0.0..span_s).contains(&self.warmup_s) {
            return Err(format!("`warmup_s` must be from 0 to below the {span_s} s of all phases"));
        }
        if !(0.0..=86_400.0).contains(&self.settle_s) {
            return Err("`settle_s` must be from 0 to 86400".to_owned());
        }
        if !(0.0..=1e6).contains(&self.noise_per_claim) {
            return Err("`noise_per_claim` must be from 0 to 1000000".to_owned());
        }
        self.crowd().map(drop)
    }

    /// The rate of claims over time.
    ///
    /// # Errors
    /// When the phases are no curve.
    pub fn curve(&self) -> Result<Curve, crowd::CurveError> {
        Curve::new(self.phases.clone())
    }

    /// The people, without the bots.
    ///
    /// # Errors
    /// In words, when they can be no crowd.
    pub fn crowd(&self) -> Result<Crowd, String> {
        let claims = self.curve().map_err(|fault| fault.to_string())?.claims();
        let target = |offer: &ScenarioOffer| Target {
            buy: offer.buy.clone(),
            confirm: offer.confirm.clone(),
            cancel: offer.cancel.clone(),
            popularity: offer.popularity,
        };
        let plan = CrowdPlan {
            accounts: self.crowd.accounts.unwrap_or(claims),
            targets: self.offers.iter().map(target).collect(),
            cards: self.crowd.cards.clone(),
            habits: self.crowd.habits.clone(),
        };
        Crowd::new(plan, self.seed).map_err(|fault| format!("the crowd: {fault}"))
    }

    /// The same scenario at `rate` times the rate and over `length` times the time. Its warm-up and its outage keep
    /// their place in it.
    #[must_use]
    pub fn scaled(mut self, rate: f64, length: f64) -> Self {
        self.phases = self.phases.iter().map(|phase| phase.scaled(rate, length)).collect();
        self.warmup_s *= length;
        if let Some(outage) = &mut self.outage {
            outage.from_s *= length;
            outage.for_s *= length;
            outage.backlog_per_s *= rate;
        }
        if let Some(bots) = &mut self.bots {
            bots.posts_per_s *= rate;
        }
        self
    }
}
