//! The bearer tokens that a request may carry, compared in constant time.

use std::fmt;
use std::path::{Path, PathBuf};

use actix_web::http::header::{self, HeaderMap};
use subtle::{Choice, ConstantTimeEq};

use crate::config::serve::Auth;
use crate::journal::private::{Exposed, SecretFault, read_secret};

/// The shortest token, in bytes: 16 random bytes are 128 bits, and fewer are probably a typing error.
const TOKEN_BYTES_MIN: usize = 16;

/// The tokens that are accepted.
#[derive(Clone)]
pub enum Tokens {
    /// Every request is accepted. Only for servers that no other machine can reach.
    Off,
    /// One of these is required. Several are valid at once, so that tokens can be rotated without a pause.
    AnyOf(Vec<String>),
}

/// Why a token file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TokenFault {
    /// The file cannot be read.
    #[error("cannot read the token file {}: {source}", .path.display())]
    Unreadable {
        /// The token file.
        path: PathBuf,
        /// The system's error.
        source: std::io::Error,
    },
    /// Others may read the file, and use its tokens.
    #[error("the token file {0}")]
    Exposed(Exposed),
    /// The file holds no token.
    #[error("the token file {} holds no token; write one on a line of its own", .0.display())]
    Empty(PathBuf),
    /// A token is too short to be safe, or contains characters that no header can carry.
    #[error("{}:{line}: a token is at least 16 visible ASCII characters without blanks", .path.display())]
    BadToken {
        /// The token file.
        path: PathBuf,
        /// The line of the token, counted from 1.
        line: usize,
    },
}

// Keeps secrets out of logs: no token is printed.
impl fmt::Debug for Tokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Off => f.write_str("Off"),
            Self::AnyOf(tokens) => write!(f, "AnyOf({} tokens)", tokens.len()),
        }
    }
}

impl Tokens {
    /// Returns the tokens that the configuration names.
    ///
    /// # Errors
    /// When the token file cannot be used.
    pub fn of(auth: &Auth) -> Result<Self, TokenFault> {
        match auth {
            Auth::Off => Ok(Self::Off),
            Auth::TokenFile(path) => Self::read(path),
        }
    }

    /// Reads a token file: one token a line; blank lines and lines that begin with `#` are skipped.
    ///
    /// # Errors
    /// When the file cannot be read, holds no token, or holds one that is invalid.
    pub fn read(path: &Path) -> Result<Self, TokenFault> {
        let text = read_secret(path).map_err(|fault| match fault {
            SecretFault::Unread(source) => TokenFault::Unreadable { path: path.to_owned(), source },
            SecretFault::Exposed(exposed) => TokenFault::Exposed(exposed),
        })?;
        let mut tokens = Vec::new();
        let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
        for (line, token) in (1..).zip(text.lines().map(str::trim)) {
            if token.is_empty() || token.starts_with('#') {
                continue;
            }
            if token.len() < TOKEN_BYTES_MIN || !token.bytes().all(|byte| byte.is_ascii_graphic()) {
                return Err(TokenFault::BadToken { path: path.to_owned(), line });
            }
            tokens.push(token.to_owned());
        }
        if tokens.is_empty() { Err(TokenFault::Empty(path.to_owned())) } else { Ok(Self::AnyOf(tokens)) }
    }

    /// Whether the request carries a valid token. The time taken does not tell which valid token it resembles.
    pub(crate) fn admit(&self, headers: &HeaderMap) -> bool {
        let Self::AnyOf(tokens) = self else { return true };
        let mut shown = headers.get_all(header::AUTHORIZATION);
        let (Some(shown), None) = (shown.next(), shown.next()) else { return false };
        let Some((scheme, token)) = shown.to_str().ok().and_then(|shown| shown.split_once(' ')) else {
            return false;
        };
        let token = token.trim().as_bytes();
        let equal = |known: &String| known.as_bytes().ct_eq(token);
        let any = tokens.iter().map(equal).fold(Choice::from(0), |any, equal| any | equal);
        scheme.eq_ignore_ascii_case("bearer") && bool::from(any)
    }
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::{AUTHORIZATION, HeaderMap, HeaderValue};

    use super::Tokens;
    use crate::journal::private;

    #[test]
    fn only_a_complete_token_is_accepted() {
        let tokens = Tokens::AnyOf(vec!["0123456789abcdef".to_owned(), "fedcba9876543210".to_owned()]);
        let table: [(&[&str], bool); 10] = [
            (&["Bearer 0123456789abcdef"], true),
            (&["bearer fedcba9876543210"], true),
            (&[], false),
            (&["Bearer"], false),
            (&["Bearer "], false),
            (&["Bearer 0123456789abcde"], false),
            (&["Bearer 0123456789abcdeg"], false),
            (&["Basic 0123456789abcdef"], false),
            (&["0123456789abcdef"], false),
            (&["Bearer 0123456789abcdef", "Bearer 0123456789abcdef"], false),
        ];
        for (shown, admitted) in table {
            let mut headers = HeaderMap::new();
            for value in shown {
                headers.append(AUTHORIZATION, HeaderValue::from_str(value).unwrap());
            }
            assert_eq!(tokens.admit(&headers), admitted, "{shown:?}");
            assert!(Tokens::Off.admit(&headers));
        }
    }

    #[test]
    fn a_token_file_is_checked_line_by_line() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("tokens");
        let table = [
            ("0123456789abcdef\n", Ok(1)),
            ("# old\n0123456789abcdef\r\n\n# new\nfedcba9876543210", Ok(2)),
            ("", Err("holds no token")),
            ("# nothing\n", Err("holds no token")),
            ("0123456789abcdef\nshort\n", Err(":2: a token is at least")),
            ("0123456789abc def\n", Err(":1: a token is at least")),
        ];
        for (text, expected) in table {
            private::write(&path, text).unwrap();
            match (Tokens::read(&path), expected) {
                (Ok(Tokens::AnyOf(tokens)), Ok(count)) => assert_eq!(tokens.len(), count, "{text}"),
                (Err(fault), Err(words)) => assert!(fault.to_string().contains(words), "{fault}"),
                (read, _) => panic!("{text:?} gave {read:?}"),
            }
        }
        assert!(!format!("{:?}", Tokens::AnyOf(vec!["0123456789abcdef".to_owned()])).contains("0123"));
    }
}
