//! One attempt to post: read what is answered, put the post, and look what is there if something is.

use super::account::BlueskyAccount;
use super::answers::{Parent, existing, parent, put};
use crate::domain::effect::Effect;
use crate::domain::id::{Network, PostId};
use crate::domain::provider_ref::ProviderRef;
use crate::domain::time::Timestamp;
use crate::net::{Answer, Request, Unanswered};
use crate::networks::bluesky::{
    AtUri, IdentityFault, POSTS, PostRecord, ReplyRefs, StoredPost, Tid, facets, get_record, pds_of,
    put_record,
};
use crate::outbox::attempt::{Attempt, AttemptResult};
use crate::outbox::delivery_key::DeliveryKey;
use crate::outbox::provider::network::{Exchanges, Turn, unanswered};

/// An attempt as a protocol without sockets.
///
/// The post's key follows from the effect's key and the time of its record, and so does every byte of the post: putting
/// it twice is putting it once. The key of the reply to a refused post, which has no record, follows from that post alone.
/// What stands at the address already is never replaced.
#[derive(Debug)]
pub struct Posting<'a> {
    account: &'a BlueskyAccount,
    text: &'a str,
    recorded_at: Timestamp,
    /// The address of the new post.
    uri: AtUri,
    at: Timestamp,
    reply: Option<ReplyRefs>,
    is_refusal: bool,
    stage: Stage,
}

#[derive(Debug)]
enum Stage {
    /// To read the post that is answered, through the account's own server.
    Parent(AtUri),
    /// To ask where the author of that post keeps it.
    Document(AtUri),
    /// To read it there.
    ParentAtAuthor(AtUri, String),
    /// To put the post.
    Put,
    /// To read what is at the post's address.
    Existing,
    Over(AttemptResult),
}

impl<'a> Posting<'a> {
    /// Begins an attempt that left the outbox at `at`.
    ///
    /// # Errors
    /// The result, when nothing can be posted.
    pub fn new(
        account: &'a BlueskyAccount,
        attempt: &'a Attempt,
        at: Timestamp,
    ) -> Result<Self, AttemptResult> {
        let stage = match &attempt.effect {
            Effect::Reply(request) if request.account.network == Network::Bluesky => {
                let uri = request.post.to_string().parse();
                Stage::Parent(
                    uri.map_err(|_| AttemptResult::impossible("it answers no post of the network"))?,
                )
            }
            Effect::Announce { network: Network::Bluesky, .. } => Stage::Put,
            _ => return Err(AttemptResult::impossible("not a post on Bluesky")),
        };
        let Some(text) = attempt.text.as_deref() else {
            return Err(AttemptResult::impossible("there are no words for it"));
        };
        let uri = AtUri::new(&account.did, POSTS, &record_key(attempt).to_string())
            .map_err(|_| AttemptResult::impossible("the account has no DID"))?;
        let (recorded_at, is_refusal) = (attempt.recorded_at, attempt.key.outside().is_none());
        Ok(Self { account, text, recorded_at, uri, at, reply: None, is_refusal, stage })
    }

    fn record(&self) -> PostRecord<'a> {
        PostRecord::new(self.text, self.recorded_at)
            .langs(&self.account.langs)
            .facets(facets(self.text, &self.account.mentions))
            .by_bot(self.account.is_bot)
            .reply(self.reply.clone())
    }

    fn request(&self) -> Result<Request, AttemptResult> {
        let server = &self.account.server;
        Ok(match &self.stage {
            Stage::Parent(parent) => get_record(server, parent),
            Stage::Document(parent) => {
                self.account.directory.document(parent.did()).map_err(AttemptResult::impossible)?
            }
            Stage::ParentAtAuthor(parent, server) => get_record(server, parent),
            Stage::Put => put_record(server, &self.uri, &self.record()),
            Stage::Existing => get_record(server, &self.uri),
            Stage::Over(result) => return Err(result.clone()),
        })
    }

    fn done(&self) -> AttemptResult {
        let reference = PostId::parse_reference(&self.uri.to_string()).ok().map(ProviderRef::Reply);
        AttemptResult::Done { reference, at: self.at }
    }

    /// Whether the record that is at the post's address is the post. A refused post gets one reply: when it is heard again
    /// after a restart, the reason may be another one.
    fn is_it(&self, found: &StoredPost) -> bool {
        if self.is_refusal { self.record().answers_as(found) } else { self.record().is_found_in(found) }
    }

    /// The stage after the answer about the post that is answered; `elsewhere` is where to look if it is not here.
    fn after_parent(&mut self, uri: &AtUri, answer: &Answer, elsewhere: Option<Stage>) -> Stage {
        match parent(uri, answer, self.at) {
            Parent::Found(refs) => {
                self.reply = Some(refs);
                Stage::Put
            }
            Parent::Absent => elsewhere
                .unwrap_or_else(|| Stage::Over(AttemptResult::gone("the post that it answers is gone"))),
            Parent::Unknown(result) => elsewhere.unwrap_or(Stage::Over(result)),
            Parent::Throttled(until) => Stage::Over(AttemptResult::Throttled { until }),
        }
    }

    fn after_document(uri: AtUri, answer: &Answer) -> Stage {
        match pds_of(uri.did(), answer) {
            Ok(server) => Stage::ParentAtAuthor(uri, server),
            Err(IdentityFault::Gone) => {
                Stage::Over(AttemptResult::gone("the author whom it answers is gone"))
            }
            Err(fault) => Stage::Over(AttemptResult::failed(fault)),
        }
    }

    fn after(&mut self, stage: Stage, answer: Result<Answer, Unanswered>) -> Stage {
        match (stage, answer) {
            (Stage::Put, Err(fault)) => Stage::Over(unanswered(&fault)),
            (Stage::Over(result), _) => Stage::Over(result),
            // Nothing was to change.
            (_, Err(fault)) => Stage::Over(AttemptResult::failed(fault)),
            (Stage::Parent(uri), Ok(answer)) => {
                // The account's own server is no authority for the posts of others, which it has at second hand.
                let is_own = uri.did() == self.account.did.as_str();
                let elsewhere = (!is_own).then(|| Stage::Document(uri.clone()));
                self.after_parent(&uri, &answer, elsewhere)
            }
            (Stage::Document(uri), Ok(answer)) => Self::after_document(uri, &answer),
            (Stage::ParentAtAuthor(uri, _), Ok(answer)) => match self.after_parent(&uri, &answer, None) {
                // Another server's limits are not those of the account.
                Stage::Over(AttemptResult::Throttled { .. }) => {
                    Stage::Over(AttemptResult::failed("the author's server asks for fewer requests"))
                }
                stage => stage,
            },
            (Stage::Put, Ok(answer)) => match put(&self.uri, &answer, self.at) {
                Some(Ok(())) => Stage::Over(self.done()),
                Some(Err(result)) => Stage::Over(result),
                None => Stage::Existing,
            },
            (Stage::Existing, Ok(answer)) => {
                match existing(&self.uri, |found| self.is_it(found), &answer, self.at) {
                    Ok(()) => Stage::Over(self.done()),
                    Err(result) => Stage::Over(result),
                }
            }
        }
    }
}

/// The key of the new post.
fn record_key(attempt: &Attempt) -> Tid {
    let name = attempt.key.to_string();
    match attempt.key {
        DeliveryKey::Effect(_) => Tid::derived(&name, attempt.recorded_at),
        // No record keeps a time for it: after a restart its post is heard again, at another time.
        DeliveryKey::Refusal { .. } => Tid::named(&name),
    }
}

impl Exchanges for Posting<'_> {
    fn next(&self) -> Turn {
        self.request().map_or_else(Turn::Over, Turn::Ask)
    }

    fn answered(&mut self, answer: Result<Answer, Unanswered>) {
        let over = Stage::Over(AttemptResult::unknown("the attempt was given up"));
        let stage = std::mem::replace(&mut self.stage, over);
        self.stage = self.after(stage, answer);
    }
}
