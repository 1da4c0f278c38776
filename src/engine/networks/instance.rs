//! What a Mastodon server says of itself, read before its posts are.

use crate::net::{Answer, Http};
use crate::networks::mastodon::{Instance, Server};

/// Asks a server what it allows, in the newer form and then in the older one. `None` if it describes itself in neither: then
/// it is read as servers are by default.
///
/// # Errors
/// When it gives no answer now.
pub(super) fn read_instance(http: &dyn Http, server: &Server) -> Result<Option<Instance>, String> {
    for request in [Instance::request(server), Instance::older(server)] {
        let answer: Answer = http.exchange(&request).map_err(|fault| fault.to_string())?;
        match answer.status {
            200..300 => {
                if let Ok(instance) = Instance::read(&answer) {
                    return Ok(Some(instance));
                }
            }
            408 | 429 | 500..=599 => {
                return Err(format!("the server answers with status {}", answer.status));
            }
            // It does not know this form, or does not show it to everyone.
            _ => {}
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;
    use std::sync::Mutex;

    use super::*;
    use crate::net::{Request, Unanswered};

    /// The answers to both forms, and which were asked for.
    struct Script {
        answers: Mutex<VecDeque<Result<Answer, Unanswered>>>,
        asked: Mutex<Vec<String>>,
    }

    impl Http for Script {
        fn exchange(&self, request: &Request) -> Result<Answer, Unanswered> {
            self.asked.lock().unwrap().push(request.url.rsplit_once("/api/").unwrap().1.to_owned());
            self.answers.lock().unwrap().pop_front().expect("two forms are asked for")
        }
    }

    fn answer(status: u16, body: &str) -> Result<Answer, Unanswered> {
        Ok(Answer { status, headers: Vec::new(), body: body.as_bytes().to_vec() })
    }

    #[test]
    fn a_server_describes_itself_in_one_of_two_forms_or_not_at_all() {
        const NEW: &str = r#"{"configuration":{"urls":{"streaming":"wss://s.a.example"}}}"#;
        const OLD: &str = r#"{"urls":{"streaming_api":"wss://o.a.example"}}"#;
        let (both, first): (&[&str], &[&str]) = (&["v2/instance", "v1/instance"], &["v2/instance"]);
        // The answers; where the streams are, or what goes wrong; and what was asked for.
        let table = [
            ("newer", vec![answer(200, NEW)], Ok(Some("wss://s.a.example")), first),
            ("older", vec![answer(404, ""), answer(200, OLD)], Ok(Some("wss://o.a.example")), both),
            ("a page", vec![answer(200, "<html>"), answer(200, OLD)], Ok(Some("wss://o.a.example")), both),
            ("neither", vec![answer(404, ""), answer(404, "")], Ok(None), both),
            ("for members only", vec![answer(401, "{}"), answer(403, "{}")], Ok(None), both),
            ("it is overloaded", vec![answer(503, "")], Err("status 503"), first),
            ("too many requests", vec![answer(404, ""), answer(429, "")], Err("status 429"), both),
            ("no answer", vec![Err(Unanswered::Unknown("cut".into()))], Err("cut"), first),
        ];
        for (case, answers, expected, asked) in table {
            let script = Script { answers: Mutex::new(answers.into()), asked: Mutex::default() };
            let server = Server::parse("https://a.example").unwrap();
            match (read_instance(&script, &server), expected) {
                (Ok(instance), Ok(streaming)) => {
                    let told = instance.and_then(|instance| instance.streaming);
                    assert_eq!(told.as_deref(), streaming, "{case}");
                }
                (Err(told), Err(words)) => assert!(told.contains(words), "{case}: {told}"),
                (told, expected) => panic!("{case}: {told:?}, and not {expected:?}"),
            }
            assert_eq!(*script.asked.lock().unwrap(), asked, "{case}");
        }
    }
}
