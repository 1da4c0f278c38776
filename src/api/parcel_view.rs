//! Where a parcel goes, as an order of the API says it.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A postal address.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ParcelView {
    /// The name on the parcel.
    pub name: String,
    /// Street and number, and what else stands above the town.
    pub lines: Vec<String>,
    /// The postal code.
    pub postal_code: String,
    /// The town.
    pub city: String,
    /// The state or province; empty where addresses have none.
    pub state: String,
    /// The country, as `US`.
    pub country: String,
}

/// A log that shows an order by mistake does not show where somebody lives.
impl fmt::Debug for ParcelView {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}
