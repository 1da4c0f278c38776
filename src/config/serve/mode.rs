//! Whether a shop sells for real.

use std::fmt;
use std::str::FromStr;

use crate::domain::id::Authors;

/// Whether a shop sells for real. The first start fixes it for the data directory.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Mode {
    /// Money is pretended, and addresses that the configuration names are called in the own network, also without TLS.
    #[default]
    Test,
    /// Money is real, and only public addresses are called, by TLS.
    Live,
}

impl Mode {
    /// The name in the configuration, in the data directory, in the log and on pages.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Test => "test",
            Self::Live => "live",
        }
    }

    /// Whose posts and cards people who run the shop may hand in. Only a test has sandbox accounts.
    #[must_use]
    pub const fn authors(self) -> Authors {
        match self {
            Self::Test => Authors::OfNetworksOrSandbox,
            Self::Live => Authors::OfNetworks,
        }
    }
}

/// The error of a text that is no mode.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("neither \"test\" nor \"live\"")]
pub struct NotAMode;

impl FromStr for Mode {
    type Err = NotAMode;

    fn from_str(text: &str) -> Result<Self, NotAMode> {
        [Self::Test, Self::Live].into_iter().find(|mode| mode.name() == text).ok_or(NotAMode)
    }
}

impl fmt::Display for Mode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
