//! The name of a backup: the time when it was begun, `2026-11-30T03-15-00.123Z`.

use std::fmt;
use std::str::FromStr;

use crate::domain::time::Timestamp;

/// The name of a backup, which is when it was begun.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct BackupName(Timestamp);

/// The error of a name that no backup has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotAName;

impl BackupName {
    /// The name of a backup that begins now.
    #[must_use]
    pub const fn at(now: Timestamp) -> Self {
        Self(now)
    }

    /// When the backup was begun.
    #[must_use]
    pub const fn made_at(self) -> Timestamp {
        self.0
    }
}

// File names have no colons: some systems do not take them.
impl fmt::Display for BackupName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.to_string().replace(':', "-"))
    }
}

impl FromStr for BackupName {
    type Err = NotAName;

    fn from_str(text: &str) -> Result<Self, NotAName> {
        let (day, time) = text.split_once('T').ok_or(NotAName)?;
        let at = format!("{day}T{}", time.replace('-', ":")).parse().map_err(|_| NotAName)?;
        let name = Self(at);
        // Each backup has exactly one name.
        if name.to_string() == text { Ok(name) } else { Err(NotAName) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_a_time_and_reads_back() {
        let name = BackupName::at(Timestamp::from_ms(1_796_008_500_123));
        assert_eq!(name.to_string(), "2026-11-30T03-15-00.123Z");
        assert_eq!(name.to_string().parse(), Ok(name));
        for other in ["", "keys", ".making", "2026-11-30", "2026-11-30T03:15:00.123Z", "2026-11-30T03-15-00Z"]
        {
            assert_eq!(other.parse::<BackupName>(), Err(NotAName), "{other}");
        }
    }
}
