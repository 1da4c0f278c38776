//! The providers: of payments, replies, e-mail and orders.

use std::fmt;
use std::path::{Path, PathBuf};

use super::mail::{Mail, MailRelay};
use super::mode::Mode;
use super::paths::joined;
use super::peers::Peers;
use super::smtp::{MailTls, SmtpUrl};
use super::stripe::StripeAccount;
use crate::config::field::Field;
use crate::config::keys::Keys;
use crate::text::file_fault::quoted;

/// The default sender of e-mail, for e-mail that only goes to a directory.
const EMAIL_FROM: &str = "sales@shop.example";

/// The table `[providers]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Providers {
    /// The provider of payments.
    pub cards: Cards,
    /// The provider of replies and announcements.
    pub replies: Replies,
    /// The provider of e-mail.
    pub email: Email,
    /// The sender of e-mail.
    pub email_from: String,
    /// The provider that passes orders to the merchant.
    pub orders: Orders,
}

/// The provider of payments.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cards {
    /// A simulated provider in this process. It follows a script; without one it always succeeds.
    Sandbox(Option<PathBuf>),
    /// Stripe.
    Stripe(StripeAccount),
}

/// The provider of replies and announcements.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Replies {
    /// Writes to the standard output.
    Console,
    /// Appends to a file, one JSON object a line.
    File(PathBuf),
}

/// The provider of e-mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Email {
    /// Writes into a directory, one file for each e-mail.
    Maildir(PathBuf),
    /// Sends to a mail server.
    Smtp(Box<MailRelay>),
}

/// The provider that passes orders to the merchant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Orders {
    /// Appends to a file, one JSON object a line.
    File(PathBuf),
}

/// What is known before the table is read.
pub(super) struct Known<'a> {
    pub(super) data: &'a Path,
    pub(super) mode: Mode,
    pub(super) mail: Option<Mail>,
    pub(super) peers: Option<&'a Peers>,
    pub(super) stripe: Option<&'a StripeAccount>,
}

pub(super) fn read(keys: &Keys<'_>, known: Known<'_>) -> Option<Providers> {
    let data = known.data;
    let cards =
        keys.get("cards").map_or(Some(Cards::Sandbox(None)), |field| cards(&field, data, known.stripe));
    let replies = match keys.get("replies") {
        Some(field) => replies(&field, data),
        None => Some(Replies::File(data.join("replies.ndjson"))),
    };
    let email = match keys.get("email") {
        Some(field) => email(&field, &known),
        None => Some(Email::Maildir(data.join("mail"))),
    };
    let from = email_from(keys, email.as_ref());
    let orders = match keys.get("orders") {
        Some(field) => orders(&field, data),
        None => Some(Orders::File(data.join("orders.ndjson"))),
    };
    keys.done();
    Some(Providers { cards: cards?, replies: replies?, email: email?, email_from: from?, orders: orders? })
}

fn cards(field: &Field<'_>, data: &Path, stripe: Option<&StripeAccount>) -> Option<Cards> {
    let text = field.text("\"sandbox\"")?;
    let script = text.strip_prefix("sandbox:").and_then(|path| joined(path, data));
    match (text, script) {
        ("sandbox", _) => Some(Cards::Sandbox(None)),
        ("stripe", _) => stripe.cloned().map(Cards::Stripe),
        (_, Some(script)) => Some(Cards::Sandbox(Some(script))),
        _ => {
            unknown(field, text, "\"stripe\", \"sandbox\", or \"sandbox:FILE\" for one that follows a script")
        }
    }
}

fn replies(field: &Field<'_>, data: &Path) -> Option<Replies> {
    let text = field.text("\"file:replies.ndjson\"")?;
    let path = text.strip_prefix("file:").and_then(|path| joined(path, data));
    match (text, path) {
        ("console", _) => Some(Replies::Console),
        (_, Some(path)) => Some(Replies::File(path)),
        _ => unknown(field, text, "\"console\" or \"file:replies.ndjson\""),
    }
}

fn orders(field: &Field<'_>, data: &Path) -> Option<Orders> {
    let text = field.text("\"file:orders.ndjson\"")?;
    match text.strip_prefix("file:").and_then(|path| joined(path, data)) {
        Some(path) => Some(Orders::File(path)),
        None => unknown(field, text, "\"file:orders.ndjson\""),
    }
}

/// Never repeats the value in a fault, because it may have a password.
fn email(field: &Field<'_>, known: &Known<'_>) -> Option<Email> {
    const EXAMPLES: &str = "\"maildir:mail\" or \"smtp://user@host:port\"";
    let text = field.text(EXAMPLES)?;
    if let Some(path) = text.strip_prefix("maildir:").and_then(|path| joined(path, known.data)) {
        return Some(Email::Maildir(path));
    }
    let unusable = |why: &str| format!("`email` cannot be used: {why}");
    let url = match SmtpUrl::parse(text) {
        Ok(url) => url,
        Err(error) => return field.advise(unusable(&error.to_string()), format!("write {EXAMPLES}")),
    };
    if known.mode == Mode::Live && url.tls == MailTls::Never {
        return field.advise(
            unusable("it has tls=none, and `mode` is \"live\""),
            "remove ?tls=none: letters of a live shop travel by TLS",
        );
    }
    let (mail, peers) = (known.mail.clone()?, known.peers?.clone());
    match (&mail.password_file, url.user(), url.password()) {
        (Some(_), None, _) => field.advise(
            unusable("`password_file` of [mail] has the password of nobody"),
            "write the name that signs in before the host: \"smtp://user@host:port\"",
        ),
        (Some(_), _, Some(_)) => field.advise(
            unusable("it has a password, and so has `password_file` of [mail]"),
            "remove the one in the address, which more people see",
        ),
        _ => Some(Email::Smtp(Box::new(MailRelay { url, mail, peers }))),
    }
}

fn email_from(keys: &Keys<'_>, email: Option<&Email>) -> Option<String> {
    const EXAMPLE: &str = "email_from = \"sales@shop.example\"";
    let Some(field) = keys.get("email_from") else {
        // Mail servers discard real e-mail from a made-up sender.
        if matches!(email, Some(Email::Smtp(_))) {
            keys.need("email_from", EXAMPLE)?;
        }
        return Some(EMAIL_FROM.to_owned());
    };
    let text = field.text("\"sales@shop.example\"")?;
    let plain = |part: &str| {
        !part.is_empty()
            && part.bytes().all(|byte| byte.is_ascii_graphic() && !b"<>()[],;:\"\\@".contains(&byte))
    };
    match text.split_once('@') {
        Some((name, host)) if plain(name) && plain(host) => Some(text.to_owned()),
        _ => field.advise(
            format!("`email_from` is {}: no e-mail address", quoted(text)),
            format!("write {EXAMPLE}"),
        ),
    }
}

fn unknown<T>(field: &Field<'_>, text: &str, choices: &str) -> Option<T> {
    field.advise(format!("`{}` is {}", field.name, quoted(text)), format!("write {choices}"))
}

impl fmt::Display for Cards {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sandbox(None) => f.write_str("sandbox"),
            Self::Sandbox(Some(script)) => write!(f, "sandbox:{}", script.display()),
            Self::Stripe(_) => f.write_str("stripe"),
        }
    }
}

impl fmt::Display for Replies {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Console => f.write_str("console"),
            Self::File(path) => write!(f, "file:{}", path.display()),
        }
    }
}

impl fmt::Display for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Maildir(path) => write!(f, "maildir:{}", path.display()),
            Self::Smtp(relay) => relay.url.fmt(f),
        }
    }
}

impl fmt::Display for Orders {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self::File(path) = self;
        write!(f, "file:{}", path.display())
    }
}
