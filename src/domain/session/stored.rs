//! The stored form of a session: its posts in the order of their answers, its holdings, and its rare extras.

use std::num::NonZeroU32;

use serde::{Deserialize, Serialize, Serializer};

use super::Session;
use super::extras::SessionExtras;
use super::holdings::Holdings;
use super::past_post::{Details, Kept, PastPost};
use super::rare::RareExtras;
use crate::domain::decision::Few;
use crate::domain::id::{OfferNo, PostId};
use crate::domain::outcome::Outcome;
use crate::domain::time::Timestamp;

#[derive(Serialize)]
struct Written<'s> {
    seen: Few<Post>,
    holdings: &'s Holdings,
    rare: Option<&'s RareExtras>,
}

#[derive(Deserialize)]
pub(super) struct Read {
    seen: Few<Post>,
    holdings: Holdings,
    rare: Option<Box<RareExtras>>,
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
    fn of((seen, details): (&PastPost, Details)) -> Self {
        let PastPost { post, at, offer, outcome, kept } = seen.clone();
        let Details { ordinal, units, place } = details;
        Self { post, at, offer, ordinal, units, place, outcome, kept }
    }

    fn seen(self) -> (PastPost, Details) {
        let Self { post, at, offer, ordinal, units, place, outcome, kept } = self;
        (PastPost { post, at, offer, outcome, kept }, Details { ordinal, units, place })
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
        let more = SessionExtras { holdings, rare, ..SessionExtras::default() };
        let mut session =
            Self { first: None, more: Some(more).filter(|more| !more.is_empty()).map(Box::new) };
        seen.into_iter().map(Post::seen).for_each(|(seen, details)| session.keep(seen, details));
        session
    }
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroU32;

    use super::{Kept, Session};
    use crate::domain::answer::Answer;
    use crate::domain::holding::Holding;
    use crate::domain::id::{Account, Network, OfferNo, PostId};
    use crate::domain::outcome::Outcome;
    use crate::domain::time::Timestamp;

    #[test]
    fn a_past_post_is_stored_as_the_sequence_of_its_parts() {
        let account = Account::parse(Network::X, "42").unwrap();
        let (at, offer) = (Timestamp::from_ms(1_700_000_000_000), OfferNo(3));
        let refusals = [("7", Outcome::SoldOut, None), ("8", Outcome::AlreadyWaiting, NonZeroU32::new(5))];
        let refusals = refusals.map(|(post, outcome, place)| {
            let post = PostId::parse(Network::X, post).unwrap();
            (post, at, offer, None::<NonZeroU32>, 0_u32, place, outcome, Kept::Refused { notified: true })
        });
        let mut session = Session::default();
        for seen in 1..=refusals.len() {
            let (post, .., place, outcome, _) = refusals[seen - 1].clone();
            let answer = Answer::new(at, Some(post), account.clone(), outcome);
            let place = place.map(NonZeroU32::get);
            assert!(session.refuse(&Answer { offer: Some(offer), place, ..answer }));
            let stored = postcard::to_stdvec(&session).unwrap();
            let parts = (&refusals[..seen], Vec::<(OfferNo, Holding)>::new(), None::<()>);
            // A borrowed slice is stored as a list is: its length, then each element.
            assert_eq!(stored, postcard::to_stdvec(&parts).unwrap());
            let read: Session = postcard::from_bytes(&stored).unwrap();
            assert_eq!(postcard::to_stdvec(&read).unwrap(), stored);
            assert_eq!(read.more.is_some(), seen > 1, "one refusal has no place of its own");
        }
    }
}
