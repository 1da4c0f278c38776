//! Requests of a sign-in, and answers that are not as they must be.

use url::form_urlencoded;

use super::identity::SignInFault;
use crate::net::{Answer, Http, Method, Request, Unanswered};

/// Upper bound on what is told of a refusal, in characters.
const TOLD_MOST: usize = 200;

/// Makes a request. One that reads is made once more if nobody knows whether it arrived: some servers close a connection after
/// an answer without saying so, and the next request on it is lost.
pub(super) fn ask(net: &dyn Http, request: &Request) -> Result<Answer, SignInFault> {
    let mut answer = net.exchange(request);
    if request.method == Method::Get && matches!(answer, Err(Unanswered::Unknown(_))) {
        answer = net.exchange(request);
    }
    answer.map_err(|fault| SignInFault::Unanswered(fault.to_string()))
}

/// Revokes a token by `ask`, which is called once more if there is no usable answer: a token that stays is good for years,
/// and one that is revoked twice is revoked.
pub(super) fn revoke(mut ask: impl FnMut() -> Result<Answer, SignInFault>) -> Result<Answer, SignInFault> {
    match ask() {
        Err(SignInFault::Unanswered(_)) => ask(),
        answer => answer,
    }
}

/// Makes a request that must succeed.
pub(super) fn ask_well(net: &dyn Http, request: &Request) -> Result<Answer, SignInFault> {
    ask(net, request).and_then(success)
}

/// The answer, if it is one of success.
pub(super) fn success(answer: Answer) -> Result<Answer, SignInFault> {
    if answer.is_success() { Ok(answer) } else { Err(refused(&answer)) }
}

/// Reads an answer as JSON.
pub(super) fn read<T: serde::de::DeserializeOwned>(answer: &Answer) -> Result<T, SignInFault> {
    answer.json().map_err(|fault| SignInFault::Unanswered(fault.to_string()))
}

/// What a server says when it refuses. Its words are shown to people, so they are short and of one line.
pub(super) fn refused(answer: &Answer) -> SignInFault {
    #[derive(serde::Deserialize)]
    struct Told {
        error_description: Option<String>,
        error: Option<String>,
    }
    let told = answer.json::<Told>().ok().and_then(|told| told.error_description.or(told.error));
    let plain = |text: String| text.chars().filter(|ch| !ch.is_control()).take(TOLD_MOST).collect::<String>();
    let text = told.map_or_else(|| format!("status {}", answer.status), plain);
    match answer.status {
        500.. | 429 => SignInFault::Unanswered(text),
        _ => SignInFault::Refused(text),
    }
}

/// An address with a query, in which blanks are `%20`.
pub(super) fn with_query(page: &str, pairs: &[(&str, &str)]) -> String {
    let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
    format!("{page}?{}", query.replace('+', "%20"))
}

/// What PKCE shows of a verifier.
pub(super) fn challenge(verifier: &str) -> String {
    use base64::Engine as _;
    use sha2::{Digest, Sha256};
    base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(Sha256::digest(verifier))
}

#[cfg(test)]
pub(super) mod script {
    //! A network that answers by a script, and remembers what it was asked.

    use std::collections::VecDeque;
    use std::sync::Mutex;

    use crate::net::{Answer, Http, Request, Unanswered};

    /// An answer: status, body and headers.
    type Scripted = (u16, String, Vec<(&'static str, String)>);

    /// A network.
    #[derive(Default)]
    pub(in crate::linking) struct Script {
        answers: Mutex<VecDeque<Scripted>>,
        asked: Mutex<Vec<Request>>,
    }

    impl Script {
        pub(in crate::linking) fn new<S: Into<String>>(answers: impl IntoIterator<Item = (u16, S)>) -> Self {
            let answers = answers.into_iter().map(|(status, body)| (status, body.into(), Vec::new()));
            Self { answers: Mutex::new(answers.collect()), asked: Mutex::default() }
        }

        /// Adds a header to the answer at `at`.
        pub(in crate::linking) fn with_header(self, at: usize, name: &'static str, value: &str) -> Self {
            if let Some((.., headers)) = self.answers.lock().unwrap().get_mut(at) {
                headers.push((name, value.to_owned()));
            }
            self
        }

        /// What it was asked: method, address, and body as text.
        pub(in crate::linking) fn asked(&self) -> Vec<String> {
            let asked = self.asked.lock().unwrap();
            let text = |request: &Request| {
                let body = String::from_utf8(request.body.clone()).unwrap();
                format!("{} {} {body}", request.method.name(), request.url).trim_end().to_owned()
            };
            asked.iter().map(text).collect()
        }

        /// The value of a header of a request.
        pub(in crate::linking) fn header(&self, at: usize, name: &str) -> Option<String> {
            let asked = self.asked.lock().unwrap();
            asked.get(at)?.header_value(name).map(str::to_owned)
        }
    }

    impl Http for Script {
        fn exchange(&self, request: &Request) -> Result<Answer, Unanswered> {
            self.asked.lock().unwrap().push(request.clone());
            let next = self.answers.lock().unwrap().pop_front();
            let (status, body, headers) =
                next.ok_or_else(|| Unanswered::NotSent("the network is silent".into()))?;
            let headers = headers.into_iter().map(|(name, value)| (name.into(), value)).collect();
            Ok(Answer { status, headers, body: body.into_bytes() })
        }
    }
}
