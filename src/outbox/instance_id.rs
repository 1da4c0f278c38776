//! The UUID of a data directory.

use std::fmt;
use std::str::FromStr;

use crate::domain::id::IdFault;

/// The groups of a UUID, in hexadecimal digits.
const UUID_GROUPS: [usize; 5] = [8, 4, 4, 4, 12];

/// A UUID, in network byte order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct InstanceId([u8; 16]);

impl InstanceId {
    /// Makes a UUID of version 4 from random bytes.
    #[must_use]
    pub fn random(bytes: [u8; 16]) -> Self {
        let version_and_variant = 0x0000_0000_0000_4000_8000_0000_0000_0000;
        let free = !0x0000_0000_0000_f000_c000_0000_0000_0000;
        Self((u128::from_be_bytes(bytes) & free | version_and_variant).to_be_bytes())
    }
}

impl From<[u8; 16]> for InstanceId {
    fn from(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }
}

impl fmt::Display for InstanceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = format!("{:032x}", u128::from_be_bytes(self.0));
        let mut rest = digits.as_str();
        for (index, digits) in UUID_GROUPS.into_iter().enumerate() {
            let (group, after) = rest.split_at_checked(digits).unwrap_or((rest, ""));
            f.write_str(if index == 0 { "" } else { "-" })?;
            f.write_str(group)?;
            rest = after;
        }
        Ok(())
    }
}

impl FromStr for InstanceId {
    type Err = IdFault;

    fn from_str(text: &str) -> Result<Self, IdFault> {
        let bytes = u128::from_str_radix(&text.replace('-', ""), 16).map_err(|_| IdFault::NotAKey)?;
        let id = Self(bytes.to_be_bytes());
        // Each UUID has exactly one spelling.
        if id.to_string() == text { Ok(id) } else { Err(IdFault::NotAKey) }
    }
}

#[cfg(test)]
mod tests {
    use super::InstanceId;

    #[test]
    fn random_bytes_make_a_uuid_of_version_4() {
        for (bytes, text) in [
            ([0x00; 16], "00000000-0000-4000-8000-000000000000"),
            ([0xff; 16], "ffffffff-ffff-4fff-bfff-ffffffffffff"),
        ] {
            let id = InstanceId::random(bytes);
            assert_eq!(id.to_string(), text);
            assert_eq!(text.parse(), Ok(id));
        }
    }
}
