//! The way to where authors keep their posts: a server may be away for long, and is back in the end.

use std::collections::BTreeMap;

use flashtag::domain::time::Timestamp;
use flashtag::net::{Answer, Http, Request, Unanswered};

use super::line::Line;
use super::peer::Peer;

/// Until when the servers of authors are away, by the authors' ids.
#[derive(Default)]
pub(super) struct Away(BTreeMap<String, Timestamp>);

impl Away {
    /// Takes the server of an author away until then, at least.
    pub(super) fn leave(&mut self, author: &str, until: Timestamp) {
        let known = self.0.entry(author.to_owned()).or_insert(until);
        *known = until.max(*known);
    }

    /// Whether a request is for a record of an author whose server is away.
    fn concerns(&self, request: &Request, now: Timestamp) -> bool {
        let url = request.url.replace("%3A", ":");
        let is_for = |author: &String| url.contains(&format!("repo={author}&"));
        self.0.iter().any(|(author, until)| now < *until && is_for(author))
    }
}

/// The way of who reads posts again, in nobody's name.
pub(super) struct ToAuthors<P>(pub(super) Line<P>);

impl<P: Peer> Http for ToAuthors<P> {
    fn exchange(&self, request: &Request) -> Result<Answer, Unanswered> {
        let is_away = {
            let ends = self.0.ends();
            ends.away.concerns(request, ends.time.network())
        };
        if is_away {
            Err(Unanswered::NotSent("no route to the host".into()))
        } else {
            self.0.exchange(request)
        }
    }
}
