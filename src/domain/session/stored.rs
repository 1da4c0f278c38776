//! How a session is written down: its posts in the order of their answers, what it holds, and what is rare.

use std::num::NonZeroU32;

use serde::{Deserialize, Serialize, Serializer};

use super::Session;
use super::holdings::Holdings;
use super::more::More;
use super::rare::Rare;
use super::seen::{Details, Kept, Seen};
use crate::domain::decision::Few;
use crate::domain::id::{OfferNo, PostId};
use crate::domain::outcome::Outcome;
use crate::domain::time::Timestamp;

#[derive(Serialize)]
struct Written<'s> {
    seen: Few<Post>,
    holdings: &'s Holdings,
    rare: Option<&'s Rare>,
}

#[derive(Deserialize)]
pub(super) struct Read {
    seen: Few<Post>,
    holdings: Holdings,
    rare: Option<Box<Rare>>,
}

#[derive(Serialize, Deserialize)]
struct Post {
    post: PostId,
    at: Timestamp,
    offer: OfferNo,
    ordinal: Option<NonZeroU32>,
    units: u32,
    place: Option<NonZeroU32>,
    outcome: Outcome,
    kept: Kept,
}

impl Post {
    fn of((seen, details): (&Seen, Details)) -> Self {
        let Seen { post, at, offer, outcome, kept } = seen.clone();
        let Details { ordinal, units, place } = details;
        Self { post, at, offer, ordinal, units, place, outcome, kept }
    }

    fn seen(self) -> (Seen, Details) {
        let Self { post, at, offer, ordinal, units, place, outcome, kept } = self;
        (Seen { post, at, offer, outcome, kept }, Details { ordinal, units, place })
    }
}

impl Serialize for Session {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let nothing = Holdings::default();
        let more = self.more.as_deref();
        let written = Written {
            seen: self.seen().map(Post::of).collect(),
            holdings: more.map_or(&nothing, |more| &more.holdings),
            rare: more.and_then(|more| more.rare.as_deref()),
        };
        written.serialize(serializer)
    }
}

impl From<Read> for Session {
    fn from(Read { seen, holdings, rare }: Read) -> Self {
        let more = More { holdings, rare, ..More::default() };
        let mut session =
            Self { first: None, more: Some(more).filter(|more| !more.is_empty()).map(Box::new) };
        seen.into_iter().map(Post::seen).for_each(|(seen, details)| session.keep(seen, details));
        session
    }
}
