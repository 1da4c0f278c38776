//! Scenarios, one per TOML file: the crowd, its claims over time, the delivery of posts, and the thresholds.

mod built_in;
mod delivery;
mod offer;

use std::path::Path;

use crowd::{CardPlan, Crowd, CrowdPlan, Curve, HabitPlan, Phase, Target};
use serde::Deserialize;

pub use self::built_in::BUILT_IN;
pub use self::delivery::{Bots, Lateness, Outage, Sending};
pub use self::offer::ScenarioOffer;
use crate::error::CommandError;
use crate::threshold::Threshold;

/// A scenario, in the form of its file.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    /// Name of the built-in scenario, or of the file without its extension.
    #[serde(skip)]
    pub name: String,
    /// Title in one line.
    pub title: String,
    /// Seed of the crowd and its behavior.
    #[serde(default = "seed")]
    pub seed: u64,
    /// Seconds of the warm-up, which no percentile counts.
    #[serde(default)]
    pub warmup_s: f64,
    /// Seconds after the last phase in which the sale may settle.
    #[serde(default = "settle_s")]
    pub settle_s: f64,
    /// Number of irrelevant posts per claim.
    #[serde(default)]
    pub noise_per_claim: f64,
    /// Conditions under which the run fails.
    #[serde(default)]
    pub fail_if: Vec<Threshold>,
    /// Batching and connections.
    #[serde(rename = "send", default)]
    pub sending: Sending,
    /// The people.
    #[serde(default)]
    pub crowd: CrowdSettings,
    /// The offers, the most wanted first.
    #[serde(rename = "offer")]
    pub offers: Vec<ScenarioOffer>,
    /// Rate of claims over time.
    #[serde(rename = "phase")]
    pub phases: Vec<Phase>,
    /// Late deliveries.
    pub late: Option<Lateness>,
    /// An outage of the network.
    pub outage: Option<Outage>,
    /// Automated accounts.
    pub bots: Option<Bots>,
}

/// The people of a scenario; their targets are its offers.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CrowdSettings {
    /// Number of people; by default the number of claims.
    pub accounts: Option<u64>,
    /// The people's cards.
    pub cards: CardPlan,
    /// The people's habits.
    pub habits: HabitPlan,
}

fn seed() -> u64 {
    2013
}

fn settle_s() -> f64 {
    10.0
}

impl Scenario {
    /// Finds the built-in scenario of that name, or reads the file of that name.
    ///
    /// # Errors
    /// If there is neither, or the scenario is invalid; the message names the line.
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

    /// Parses a scenario; `origin` names its source in messages.
    ///
    /// # Errors
    /// If the scenario is invalid; the message names the line of the first error.
    pub fn parse(text: &str, name: &str, origin: &str) -> Result<Self, CommandError> {
        let parsed = toml::from_str::<Self>(text);
        let scenario = parsed.map_err(|fault| {
            let line = fault
                .span()
                .and_then(|span| text.get(..span.start))
                .map(|before| before.bytes().filter(|byte| *byte == b'\n').count() + 1);
            let line = line.map_or_else(String::new, |line| format!(":{line}"));
            CommandError::data(format!("{origin}{line}: {}", fault.message()))
        })?;
        let scenario = Self { name: name.to_owned(), ..scenario };
        scenario.validate().map_err(|words| CommandError::data(format!("{origin}: {words}")))?;
        Ok(scenario)
    }

    /// Checks the rules that concern several lines.
    fn validate(&self) -> Result<(), String> {
        let curve = self.curve().map_err(|fault| format!("the phases: {fault}"))?;
        if curve.claims() == 0 {
            return Err("no phase has claims; give a [[phase]] a rate".to_owned());
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

    /// Returns the rate of claims over time.
    ///
    /// # Errors
    /// If the phases are invalid.
    pub fn curve(&self) -> Result<Curve, crowd::CurveError> {
        Curve::new(self.phases.clone())
    }

    /// Returns the crowd, without the bots.
    ///
    /// # Errors
    /// If the crowd's plan is invalid, in words.
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

    /// Multiplies the rate by `rate` and all durations by `length`, including warm-up and outage.
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
