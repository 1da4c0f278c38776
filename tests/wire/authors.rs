//! The way to where authors keep their posts: a server may be away for long, and is back in the end.

use std::collections::BTreeMap;

use flashtag::domain::time::{Millis, Timestamp};
use flashtag::net::{Answer, Http, Request, Unanswered};
use url::Url;

use super::faults::Fault;
use super::line::{Ends, Line};
use super::peer::Peer;

/// How long the server of an author may be away that goes away at a reading, in seconds: for one request, for some tries, or
/// beyond the window of an order.
const AWAY_AT_READING: [u32; 4] = [1, 40, 150, 1_200];

/// Until when the servers of authors are away, by the authors' ids.
#[derive(Default)]
pub(super) struct Away(BTreeMap<String, Timestamp>);

impl Away {
    /// Takes the server of an author away until then, at least.
    pub(super) fn leave(&mut self, author: &str, until: Timestamp) {
        let known = self.0.entry(author.to_owned()).or_insert(until);
        *known = until.max(*known);
    }

    /// Whether the server of an author is away.
    fn concerns(&self, author: &str, now: Timestamp) -> bool {
        self.0.get(author).is_some_and(|until| now < *until)
    }
}

/// The author whose record a request is for.
fn author_of(request: &Request) -> Option<String> {
    let url = Url::parse(&request.url).expect("a request has an address");
    url.query_pairs().find(|(name, _)| name == "repo").map(|(_, author)| author.into_owned())
}

impl<P: Peer> Ends<P> {
    /// Whether a request finds the server of an author away, which may go away at that very instant.
    fn is_author_away(&mut self, request: &Request) -> bool {
        let Some(author) = author_of(request) else { return false };
        let now = self.time.network();
        if self.weather.strike(&[Fault::AwayAtReading]).is_some() {
            let length = AWAY_AT_READING[self.weather.below(AWAY_AT_READING.len())];
            self.away.leave(&author, now.plus(Millis::from_secs(length)));
        }
        self.away.concerns(&author, now)
    }
}

/// The way of who reads posts again, in nobody's name.
pub(super) struct ToAuthors<P>(pub(super) Line<P>);

impl<P: Peer> Http for ToAuthors<P> {
    fn exchange(&self, request: &Request) -> Result<Answer, Unanswered> {
        let is_away = self.0.ends().is_author_away(request);
        if is_away {
            Err(Unanswered::NotSent("no route to the host".into()))
        } else {
            self.0.exchange(request)
        }
    }
}
