//! What goes wrong between a network and its clients.

use rand::{Rng, RngExt};
use serde::{Deserialize, Serialize};

use crate::exchange::Request;

/// A kind of fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FaultKind {
    /// A request is refused with 429, without effect.
    RateLimit,
    /// A request is answered with 503, without effect.
    Unavailable,
    /// A request has its effect and is answered with 503.
    LostAnswer,
    /// A request has no effect, and the connection breaks.
    CutBefore,
    /// A request has its effect, and the connection breaks in the middle of the answer.
    CutAfter,
    /// A request is answered late.
    Slow,
    /// All access tokens expire before a request.
    ExpireTokens,
    /// A stream breaks in the middle of a frame.
    Cut,
    /// A frame of a stream is sent twice.
    Duplicate,
    /// A frame of a stream is sent behind the next one.
    Reorder,
    /// A frame of a stream comes damaged, and once more as it is.
    Damage,
}

impl FaultKind {
    /// All kinds.
    pub const ALL: [Self; 11] = [
        Self::RateLimit,
        Self::Unavailable,
        Self::LostAnswer,
        Self::CutBefore,
        Self::CutAfter,
        Self::Slow,
        Self::ExpireTokens,
        Self::Cut,
        Self::Duplicate,
        Self::Reorder,
        Self::Damage,
    ];

    /// The name in options and control calls.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::RateLimit => "rate-limit",
            Self::Unavailable => "unavailable",
            Self::LostAnswer => "lost-answer",
            Self::CutBefore => "cut-before",
            Self::CutAfter => "cut-after",
            Self::Slow => "slow",
            Self::ExpireTokens => "expire-tokens",
            Self::Cut => "cut",
            Self::Duplicate => "duplicate",
            Self::Reorder => "reorder",
            Self::Damage => "damage",
        }
    }
}

/// A fault that may come: by chance, for the next few times, or both.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fault {
    /// What goes wrong.
    pub kind: FaultKind,
    /// Probability of each time, from 0 to 1.
    #[serde(default)]
    pub chance: f64,
    /// Times that it comes for certain, from now on.
    #[serde(default)]
    pub next: u32,
    /// A part of the request's method and address, such as `POST /2/tweets`; empty for all.
    #[serde(default)]
    pub on: String,
    /// Delay of a slow answer, in milliseconds.
    #[serde(default = "second")]
    pub ms: u32,
}

const fn second() -> u32 {
    1000
}

impl Fault {
    /// Reads `KIND=CHANCE`, `KIND=2x` for the next two times, with `@PART OF METHOD AND ADDRESS` and `:MILLISECONDS` if
    /// wanted: `slow=0.1:300@POST /2/tweets`.
    ///
    /// # Errors
    /// What is wrong with the text.
    pub fn parse(text: &str) -> Result<Self, String> {
        let (rule, on) = text.split_once('@').map_or((text, ""), |(rule, on)| (rule, on));
        let (kind, times) = rule.split_once('=').ok_or_else(|| format!("`{text}` has no `=`"))?;
        let known = FaultKind::ALL.into_iter().find(|known| known.name() == kind);
        let kind = known.ok_or_else(|| {
            let names: Vec<_> = FaultKind::ALL.into_iter().map(FaultKind::name).collect();
            format!("`{kind}` is no fault; faults are {}", names.join(", "))
        })?;
        let (times, ms) = match times.split_once(':') {
            Some((times, ms)) => {
                (times, ms.parse().map_err(|_| format!("`{ms}` is no number of milliseconds"))?)
            }
            None => (times, second()),
        };
        let on = on.to_owned();
        if let Some(next) = times.strip_suffix('x') {
            let next = next.parse().map_err(|_| format!("`{times}` is no number of times"))?;
            return Ok(Self { kind, chance: 0.0, next, on, ms });
        }
        match times.parse() {
            Ok(chance) if (0.0..=1.0).contains(&chance) => Ok(Self { kind, chance, next: 0, on, ms }),
            _ => Err(format!("`{times}` is no probability from 0 to 1")),
        }
    }
}

/// The faults of a network. They are drawn in their order.
#[derive(Debug, Clone, Default)]
pub struct Faults {
    /// What may come.
    pub list: Vec<Fault>,
}

impl Faults {
    /// Draws whether a fault of this kind comes at this place; returns its delay in milliseconds.
    pub(crate) fn draw(&mut self, kind: FaultKind, place: &str, random: &mut dyn Rng) -> Option<u32> {
        for fault in &mut self.list {
            if fault.kind != kind || !place.contains(&fault.on) {
                continue;
            }
            if fault.next > 0 {
                fault.next -= 1;
                return Some(fault.ms);
            }
            if fault.chance > 0.0 && random.random_bool(fault.chance.clamp(0.0, 1.0)) {
                return Some(fault.ms);
            }
        }
        None
    }
}

/// The method and the address of a request, without its query.
pub(crate) fn place(request: &Request) -> String {
    format!("{} {}", request.method(), request.uri().path())
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;
    use rand::rngs::Xoshiro256PlusPlus;

    use super::*;

    #[test]
    fn an_option_is_read() {
        let fault = |kind, chance, next, on: &str, ms| Fault { kind, chance, next, on: on.to_owned(), ms };
        let table = [
            ("cut=0.25", fault(FaultKind::Cut, 0.25, 0, "", 1000)),
            ("rate-limit=3x@POST /2/tweets", fault(FaultKind::RateLimit, 0.0, 3, "POST /2/tweets", 1000)),
            ("slow=1:300@/xrpc/", fault(FaultKind::Slow, 1.0, 0, "/xrpc/", 300)),
        ];
        for (text, expected) in table {
            assert_eq!(Fault::parse(text), Ok(expected), "{text}");
        }
        for text in ["cut", "cut=2", "cut=-1", "cut=ax", "slow=1:soon", "melt=1"] {
            assert!(Fault::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn certain_faults_come_first_and_then_by_chance() {
        let mut random = Xoshiro256PlusPlus::seed_from_u64(5);
        let list =
            vec![Fault::parse("unavailable=2x@/a").unwrap(), Fault::parse("unavailable=0.5@/b").unwrap()];
        let mut faults = Faults { list };
        let mut draw = |place: &str| faults.draw(FaultKind::Unavailable, place, &mut random).is_some();
        assert_eq!(["GET /a", "GET /c", "GET /a", "GET /a"].map(&mut draw), [true, false, true, false]);
        let drawn = (0..1000).filter(|_| draw("GET /b")).count();
        assert!((400..600).contains(&drawn), "{drawn}");
    }
}
