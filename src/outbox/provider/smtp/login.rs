//! How the shop signs in at its relay.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

/// A user and its password.
#[derive(Clone)]
pub struct Login {
    user: String,
    password: Zeroizing<String>,
}

/// The ways to sign in that are known here, the better one first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mechanism {
    /// Both in one message.
    Plain,
    /// One after the other, each when it is asked for.
    Login,
}

impl Mechanism {
    /// The best of those that a server names.
    #[must_use]
    pub fn best_of<'a>(offered: impl Iterator<Item = &'a str> + Clone) -> Option<Self> {
        let has = |name: &str| offered.clone().any(|offered| offered.eq_ignore_ascii_case(name));
        if has("PLAIN") { Some(Self::Plain) } else { has("LOGIN").then_some(Self::Login) }
    }

    /// Its name in the protocol.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Plain => "PLAIN",
            Self::Login => "LOGIN",
        }
    }
}

impl Login {
    /// A login.
    #[must_use]
    pub fn new(user: &str, password: Zeroizing<String>) -> Self {
        Self { user: user.to_owned(), password }
    }

    /// The command that begins to sign in.
    pub(super) fn begin(&self, mechanism: Mechanism) -> Vec<u8> {
        match mechanism {
            Mechanism::Plain => {
                let both = Zeroizing::new(format!("\0{}\0{}", self.user, *self.password));
                line(&format!("AUTH PLAIN {}", STANDARD.encode(both.as_bytes())))
            }
            Mechanism::Login => line("AUTH LOGIN"),
        }
    }

    /// The answer to a question of the server while it signs in, of which `asked` came before; `None` if there is none.
    pub(super) fn answer(&self, mechanism: Mechanism, asked: u8) -> Option<Vec<u8>> {
        match (mechanism, asked) {
            (Mechanism::Login, 0) => Some(line(&STANDARD.encode(&self.user))),
            (Mechanism::Login, 1) => Some(line(&STANDARD.encode(self.password.as_bytes()))),
            _ => None,
        }
    }
}

fn line(text: &str) -> Vec<u8> {
    format!("{text}\r\n").into_bytes()
}

impl fmt::Debug for Login {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Login").field("user", &self.user).finish_non_exhaustive()
    }
}
