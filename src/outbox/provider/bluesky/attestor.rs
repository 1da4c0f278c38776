//! Reads posts again at the servers of their authors.

use std::sync::Arc;

use futures_util::FutureExt;
use futures_util::future::LocalBoxFuture;

use crate::domain::heard_posts::HeardPost;
use crate::net::Http;
use crate::networks::bluesky::{AtUri, Attestation, AttestationStep, Directory, Verdict};
use crate::outbox::attestor::{Attestor, Finding, Refuted};
use crate::outbox::provider::network::exchange;

/// Reads posts of Bluesky at the servers that the directory names. It asks in nobody's name.
pub struct BlueskyAttestor {
    http: Arc<dyn Http>,
    directory: Directory,
}

impl BlueskyAttestor {
    /// Asks through `http`; the directory knows the authors' servers.
    #[must_use]
    pub fn new(http: Arc<dyn Http>, directory: Directory) -> Self {
        Self { http, directory }
    }

    async fn read(&self, HeardPost { post, cid }: &HeardPost) -> Finding {
        let Ok(uri) = post.to_string().parse::<AtUri>() else { return Finding::Refuted(Refuted::Gone) };
        let mut reading = Attestation::new(uri, cid.as_str(), self.directory.clone());
        loop {
            match reading.next() {
                AttestationStep::Ask(request) => reading.answered(exchange(&self.http, request).await),
                AttestationStep::Over(verdict) => {
                    tracing::debug!(%post, ?verdict, "a post was read again");
                    return (&verdict).into();
                }
            }
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
