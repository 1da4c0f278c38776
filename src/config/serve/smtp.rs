//! The address of a mail server. Its password is never shown by accident.

use std::fmt;

/// `smtp://user:password@host:port`, or `smtps://` for TLS from the first byte. A blank or a sign that
/// means something in an address stands in the password as `%40` and the like.
#[derive(Clone, PartialEq, Eq)]
pub struct SmtpUrl {
    whole: String,
    shown: String,
}

/// Why a text is no such address. The error does not repeat the text, which may have the password.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotSmtp {
    /// Neither `smtp://` nor `smtps://`.
    #[error("it begins with neither smtp:// nor smtps://")]
    Scheme,
    /// The text has no host, or one that cannot be looked up.
    #[error("it names no host; signs such as / and @ stand in a password as %2F and %40")]
    Host,
    /// The text has no port from 1 to 65535.
    #[error("its port is not a number from 1 to 65535")]
    Port,
    /// The text has a blank, a control character or a character outside ASCII.
    #[error("it holds a character that no address has")]
    Character,
    /// The text has `***`, which the printed configuration shows for a password.
    #[error("its password is the *** that stands for one in print")]
    Redacted,
}

impl SmtpUrl {
    /// Reads an address.
    ///
    /// # Errors
    /// Returns the reason if the text is no such address.
    pub fn parse(text: &str) -> Result<Self, NotSmtp> {
        if !text.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(NotSmtp::Character);
        }
        let (scheme, rest) = text.split_once("://").ok_or(NotSmtp::Scheme)?;
        if !matches!(scheme, "smtp" | "smtps") {
            return Err(NotSmtp::Scheme);
        }
        let (login, server) =
            rest.rsplit_once('@').map_or((None, rest), |(login, server)| (Some(login), server));
        let (host, port) = match server.rsplit_once(':') {
            Some((host, port)) if !port.ends_with(']') => (host, Some(port)),
            _ => (server, None),
        };
        let in_host =
            |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'[' | b']' | b':');
        if host.is_empty() || !host.bytes().all(in_host) || login.is_some_and(|login| login.contains('/')) {
            return Err(NotSmtp::Host);
        }
        if port.is_some_and(|port| port.parse::<u16>().map_or(true, |port| port == 0)) {
            return Err(NotSmtp::Port);
        }
        let shown = match login.map(|login| login.split_once(':')) {
            Some(Some((_, "***"))) => return Err(NotSmtp::Redacted),
            Some(Some((user, _))) => format!("{scheme}://{user}:***@{server}"),
            // A user name without a password may be a token.
            Some(None) => format!("{scheme}://***@{server}"),
            None => text.to_owned(),
        };
        Ok(Self { whole: text.to_owned(), shown })
    }

    /// The whole address with its password, for the mail client only.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.whole
    }
}

impl fmt::Display for SmtpUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.shown)
    }
}

impl fmt::Debug for SmtpUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
