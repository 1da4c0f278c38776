//! The address of a mail server. Its password is never shown by accident.

use std::fmt;

/// `smtp://user@host:port`, which asks for TLS before anything that matters; `smtps://` for TLS from the first byte; and
/// `smtp://host?tls=none` without TLS, for a test. A blank or a sign that means something in an address stands in a name or a
/// password as `%40` and the like.
#[derive(Clone, PartialEq, Eq)]
pub struct SmtpUrl {
    whole: String,
    shown: String,
    /// The host, without brackets.
    pub host: String,
    /// The port.
    pub port: u16,
    /// When TLS is agreed on.
    pub tls: MailTls,
    user: Option<String>,
    password: Option<String>,
}

/// When TLS is agreed on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MailTls {
    /// Before the first byte.
    AtOnce,
    /// By STARTTLS. A server that does not offer it gets no letter.
    Asked,
    /// Never.
    Never,
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
    /// A `%` is not followed by two hexadecimal digits.
    #[error("it has a % that does not begin a sign such as %40")]
    Escape,
    /// What follows the `?` is not known.
    #[error("after the ? it has something else than tls=none, and smtps:// has nothing there")]
    Query,
    /// Without TLS anybody on the way reads the password.
    #[error("it has a name or a password and tls=none: nobody signs in without TLS")]
    Bare,
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
        let (server, query) =
            server.split_once('?').map_or((server, None), |(server, query)| (server, Some(query)));
        let tls = match (scheme, query) {
            ("smtps", None) => MailTls::AtOnce,
            ("smtp", None) => MailTls::Asked,
            ("smtp", Some("tls=none")) if login.is_some() => return Err(NotSmtp::Bare),
            ("smtp", Some("tls=none")) => MailTls::Never,
            _ => return Err(NotSmtp::Query),
        };
        let (host, port) = match server.rsplit_once(':') {
            Some((host, port)) if !port.ends_with(']') => (host, Some(port)),
            _ => (server, None),
        };
        let in_host =
            |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'[' | b']' | b':');
        if host.is_empty() || !host.bytes().all(in_host) || login.is_some_and(|login| login.contains('/')) {
            return Err(NotSmtp::Host);
        }
        let port = match port.map(str::parse::<u16>) {
            None => usual_port(tls),
            Some(Ok(port)) if port > 0 => port,
            Some(_) => return Err(NotSmtp::Port),
        };
        let (user, password) = match login.map(|login| login.split_once(':')) {
            Some(Some((_, "***"))) => return Err(NotSmtp::Redacted),
            Some(Some((user, password))) => (Some(decoded(user)?), Some(decoded(password)?)),
            Some(None) => (login.map(decoded).transpose()?, None),
            None => (None, None),
        };
        let shown = match login.and_then(|login| login.split_once(':')) {
            Some((user, _)) => format!("{scheme}://{user}:***@{server}"),
            None => text.to_owned(),
        };
        let host = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host).to_owned();
        Ok(Self { whole: text.to_owned(), shown, host, port, tls, user, password })
    }

    /// The whole address with its password, for the mail client only.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.whole
    }

    /// The name to sign in with; `None` where nobody signs in.
    #[must_use]
    pub fn user(&self) -> Option<&str> {
        self.user.as_deref()
    }

    /// The password that stands in the address.
    #[must_use]
    pub fn password(&self) -> Option<&str> {
        self.password.as_deref()
    }
}

const fn usual_port(tls: MailTls) -> u16 {
    match tls {
        MailTls::AtOnce => 465,
        MailTls::Asked => 587,
        MailTls::Never => 25,
    }
}

fn decoded(text: &str) -> Result<String, NotSmtp> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        rest = after;
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let (digits, after) = rest.split_at_checked(2).ok_or(NotSmtp::Escape)?;
        let digits = std::str::from_utf8(digits).map_err(|_| NotSmtp::Escape)?;
        if !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
            return Err(NotSmtp::Escape);
        }
        bytes.push(u8::from_str_radix(digits, 16).map_err(|_| NotSmtp::Escape)?);
        rest = after;
    }
    String::from_utf8(bytes).map_err(|_| NotSmtp::Escape)
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
