//! With what a browser comes back from a network.

use url::form_urlencoded;

use super::ticket::Ticket;

/// Upper bound on a value, in bytes.
const VALUE_BYTES_MAX: usize = 2048;

/// The query of a return.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Returned {
    /// What tells this sign-in from others.
    pub state: Ticket,
    /// The code that the network exchanges; `None` if it refused.
    pub code: Option<String>,
    /// Who says that it answers.
    pub issuer: Option<String>,
    /// Why the network refused.
    pub error: Option<String>,
}

/// The query is not that of a return.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not the return of a sign-in")]
pub struct NotReturned;

impl Returned {
    /// Reads a query. A parameter that is there twice means two things, so it means none.
    ///
    /// # Errors
    /// When the query has no state, or neither code nor error, or something twice, or something too long.
    pub fn parse(query: &str) -> Result<Self, NotReturned> {
        let (mut state, mut code, mut issuer, mut error) = (None, None, None, None);
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            let known = match &*name {
                "state" => &mut state,
                "code" => &mut code,
                "iss" => &mut issuer,
                "error" => &mut error,
                _ => continue,
            };
            if value.is_empty()
                || value.len() > VALUE_BYTES_MAX
                || known.replace(value.into_owned()).is_some()
            {
                return Err(NotReturned);
            }
        }
        let state = state.as_deref().and_then(Ticket::parse).ok_or(NotReturned)?;
        if code.is_some() == error.is_some() {
            return Err(NotReturned);
        }
        Ok(Self { state, code, issuer, error })
    }
}

#[cfg(test)]
mod tests {
    use super::{NotReturned, Returned, Ticket};

    #[test]
    fn only_a_whole_and_single_return_is_read() {
        let state = Ticket::new(&[3; 32]);
        let text = state.text();
        let long = "x".repeat(2049);
        let table = [
            (format!("state={text}&code=a"), true),
            (format!("code=a&state={text}&iss=https%3A%2F%2Fx.example&more=1"), true),
            (format!("state={text}&error=access_denied"), true),
            (String::new(), false),
            ("code=a".to_owned(), false),
            (format!("state={text}"), false),
            (format!("state={text}&code=a&error=b"), false),
            (format!("state={text}&code=a&code=b"), false),
            (format!("state={text}&code=a&state={text}"), false),
            (format!("state={text}&code=a&iss=1&iss=2"), false),
            (format!("state={}&code=a", &text[1..]), false),
            (format!("state={text}&code="), false),
            (format!("state={text}&code={long}"), false),
        ];
        for (query, good) in table {
            let read = Returned::parse(&query);
            assert_eq!(read.is_ok(), good, "{query}");
            assert!(good || read == Err(NotReturned));
        }
    }
}
