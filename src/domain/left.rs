//! How many units are left, as a reply may tell it.

use serde::{Deserialize, Serialize};

/// How few units can still be claimed, in steps: an exact number is out of date when it is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Left {
    /// None or many, or a number that is nobody's business: before a draw, and in what was recorded without it.
    #[default]
    Untold,
    /// One unit.
    Last,
    /// From 2 to 9 units.
    UnderTen,
    /// From 10 to 49 units.
    UnderFifty,
}

impl Left {
    /// The step of a number of units.
    #[must_use]
    pub const fn of(units: u32) -> Self {
        match units {
            1 => Self::Last,
            2..10 => Self::UnderTen,
            10..50 => Self::UnderFifty,
            _ => Self::Untold,
        }
    }

    /// The words of a reply; empty if it tells nothing.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Untold => "",
            Self::Last => "last one",
            Self::UnderTen => "fewer than 10",
            Self::UnderFifty => "fewer than 50",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Left;

    #[test]
    fn few_units_are_told_in_steps() {
        let table = [
            (0, ""),
            (1, "last one"),
            (2, "fewer than 10"),
            (9, "fewer than 10"),
            (10, "fewer than 50"),
            (49, "fewer than 50"),
            (50, ""),
            (u32::MAX, ""),
        ];
        for (units, words) in table {
            assert_eq!(Left::of(units).words(), words, "{units}");
        }
    }
}
