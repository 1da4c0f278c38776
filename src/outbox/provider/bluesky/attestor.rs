//! Reads posts again at the servers of their authors.

use std::cell::RefCell;
use std::sync::Arc;

use futures_util::FutureExt;
use futures_util::future::LocalBoxFuture;

use crate::domain::heard_posts::HeardPost;
use crate::domain::time::Timestamp;
use crate::net::Http;
use crate::networks::bluesky::{AtUri, Attestation, AttestationStep, AuthorServers, Directory, Verdict};
use crate::outbox::attestor::{Attestor, Finding, Refuted};
use crate::outbox::provider::network::exchange;

/// Reads posts of Bluesky at the servers that the directory names. It asks in nobody's name.
pub struct BlueskyAttestor {
    http: Arc<dyn Http>,
    directory: Directory,
    servers: RefCell<AuthorServers>,
    now: Box<dyn Fn() -> Timestamp>,
}

impl BlueskyAttestor {
    /// Asks through `http`; the directory knows the authors' servers, which are remembered for some minutes of `now`.
    #[must_use]
    pub fn new(http: Arc<dyn Http>, directory: Directory, now: impl Fn() -> Timestamp + 'static) -> Self {
        Self { http, directory, servers: RefCell::default(), now: Box::new(now) }
    }

    async fn read(&self, HeardPost { post, cid }: &HeardPost) -> Finding {
        let Ok(uri) = post.to_string().parse::<AtUri>() else { return Finding::Refuted(Refuted::Gone) };
        let reading = Attestation::new(uri, cid.as_str(), self.directory.clone());
        let mut reading = {
            let servers = self.servers.borrow();
            let server = servers.of(reading.author(), (self.now)()).map(str::to_owned);
            reading.remembering(server.as_deref())
        };
        loop {
            match reading.next() {
                AttestationStep::Ask(request) => reading.answered(exchange(&self.http, request).await),
                AttestationStep::Over(verdict) => {
                    tracing::debug!(%post, ?verdict, "a post was read again");
                    self.note_server(&reading, &verdict);
                    return (&verdict).into();
                }
            }
        }
    }

    /// Remembers the server where a post stands as it was heard, and no other one.
    fn note_server(&self, reading: &Attestation, verdict: &Verdict) {
        let mut servers = self.servers.borrow_mut();
        if *verdict != Verdict::Same {
            servers.forget(reading.author());
        } else if let Some(server) = reading.named_server() {
            servers.remember(reading.author(), server, (self.now)());
        }
    }
}

impl Attestor for BlueskyAttestor {
    fn attest<'a>(&'a self, posts: &'a [HeardPost]) -> LocalBoxFuture<'a, Finding> {
        async move {
            for post in posts {
                match self.read(post).await {
                    Finding::Attested => {}
                    other => return other,
                }
            }
            Finding::Attested
        }
        .boxed_local()
    }
}

impl From<&Verdict> for Finding {
    fn from(verdict: &Verdict) -> Self {
        match verdict {
            Verdict::Same => Self::Attested,
            Verdict::Differs { .. } => Self::Refuted(Refuted::Differs),
            Verdict::Gone => Self::Refuted(Refuted::Gone),
            Verdict::Unreachable { .. } => Self::Unreachable,
        }
    }
}
