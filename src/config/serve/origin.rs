//! The address of a server.

use std::fmt;
use std::str::FromStr;

/// An address that ends with its host: `https://host`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Origin(String);

/// The text is no address that ends with its host.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("no https:// address that ends with its host")]
pub(super) struct NotAnOrigin;

impl FromStr for Origin {
    type Err = NotAnOrigin;

    fn from_str(text: &str) -> Result<Self, NotAnOrigin> {
        let url = url::Url::parse(text).map_err(|_| NotAnOrigin)?;
        let bare =
            url.path().trim_matches('/').is_empty() && url.query().is_none() && url.fragment().is_none();
        let plain = url.username().is_empty() && url.password().is_none();
        let scheme = matches!(url.scheme(), "https" | "http" | "wss" | "ws");
        if bare && plain && scheme && url.host_str().is_some() {
            Ok(Self(url.as_str().trim_end_matches('/').to_owned()))
        } else {
            Err(NotAnOrigin)
        }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
