//! The servers of authors, as the directory named them some minutes ago.

use std::collections::{HashMap, VecDeque};

use compact_str::CompactString;

use crate::domain::time::{Millis, Timestamp};

/// How long a server counts as the author's. Authors move seldom, and a server that an author left is not believed.
const LIFETIME: Millis = Millis::from_secs(300);

/// Upper bound on the authors that are remembered: some 2 MB.
const AUTHORS_MOST: usize = 10_000;

/// The servers of authors whose posts were read, so that the directory is asked once for several posts.
#[derive(Debug, Default)]
pub struct AuthorServers {
    servers: HashMap<CompactString, Known, foldhash::fast::RandomState>,
    /// In the order in which they were read; one that was forgotten since stays here until its time is over.
    order: VecDeque<(CompactString, Timestamp)>,
}

#[derive(Debug)]
struct Known {
    server: String,
    read_at: Timestamp,
}

impl AuthorServers {
    /// The server of an author, if the directory named it shortly before `now`.
    #[must_use]
    pub fn of(&self, did: &str, now: Timestamp) -> Option<&str> {
        let known = self.servers.get(did)?;
        // The clock may have been set back.
        let is_fresh = now >= known.read_at && now.since(known.read_at) < LIFETIME;
        is_fresh.then_some(known.server.as_str())
    }

    /// Remembers the server that the directory named at `now`.
    pub fn remember(&mut self, did: &str, server: &str, now: Timestamp) {
        let is_over = |(_, read_at): &(CompactString, Timestamp)| now.since(*read_at) >= LIFETIME;
        while self.order.front().is_some_and(is_over) || self.order.len() >= AUTHORS_MOST {
            let Some((did, read_at)) = self.order.pop_front() else { break };
            if self.servers.get(&did).is_some_and(|known| known.read_at == read_at) {
                self.servers.remove(&did);
            }
        }
        self.servers.insert(did.into(), Known { server: server.to_owned(), read_at: now });
        self.order.push_back((did.into(), now));
    }

    /// Forgets the server of an author.
    pub fn forget(&mut self, did: &str) {
        self.servers.remove(did);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_ms(1_796_050_800_000 + second * 1000)
    }

    #[test]
    fn a_server_is_remembered_for_some_minutes() {
        let mut servers = AuthorServers::default();
        servers.remember("did:plc:ana", "https://one.example", at(0));
        for (second, expected) in [(0, true), (299, true), (300, false), (-1, false)] {
            let known = servers.of("did:plc:ana", at(second));
            assert_eq!(known, expected.then_some("https://one.example"), "{second}");
        }
        assert_eq!(servers.of("did:plc:bo", at(0)), None);
        servers.remember("did:plc:ana", "https://two.example", at(200));
        assert_eq!(servers.of("did:plc:ana", at(400)), Some("https://two.example"));
        // The time of the first reading is over, and not that of the second one.
        servers.remember("did:plc:bo", "https://one.example", at(400));
        assert_eq!(servers.of("did:plc:ana", at(400)), Some("https://two.example"));
        servers.forget("did:plc:ana");
        assert_eq!(servers.of("did:plc:ana", at(400)), None);
        assert_eq!(servers.of("did:plc:bo", at(400)), Some("https://one.example"));
    }

    #[test]
    fn the_number_of_remembered_authors_is_bounded() {
        let mut servers = AuthorServers::default();
        for author in 0..AUTHORS_MOST + 5 {
            servers.remember(&format!("did:plc:{author}"), "https://pds.example", at(0));
            // Those that are forgotten count until their time is over.
            if author % 2 == 0 {
                servers.forget(&format!("did:plc:{author}"));
            }
        }
        assert_eq!((servers.order.len(), servers.servers.len()), (AUTHORS_MOST, AUTHORS_MOST / 2));
        assert_eq!(servers.of("did:plc:3", at(0)), None, "the oldest ones leave");
        assert!(servers.of("did:plc:5", at(0)).is_some());
        servers.remember("did:plc:ana", "https://pds.example", at(300));
        assert_eq!((servers.order.len(), servers.servers.len()), (1, 1));
    }
}
