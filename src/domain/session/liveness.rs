//! Liveness of a session: whether a conversation is under way. The code that drives the session maintains it,
//! and no rule reads it. The journal does not record it: after a restart every session is passive until its
//! account posts.

use super::Session;
use crate::domain::time::Timestamp;

impl Session {
    /// Whether a conversation is under way.
    #[must_use]
    pub fn is_live(&self) -> bool {
        self.more.as_ref().is_some_and(|more| more.is_live())
    }

    /// Makes the session live; its account posted at `at`. Returns whether it was passive before.
    pub fn activate(&mut self, at: Timestamp) -> bool {
        self.more_mut().last_post_at.replace(at).is_none()
    }

    /// Records that the account posted at `at`, if the session is live. Returns whether it is live.
    pub fn note_activity(&mut self, at: Timestamp) -> bool {
        let Some(more) = self.more.as_mut().filter(|more| more.is_live()) else { return false };
        more.last_post_at = Some(at);
        true
    }

    /// Ends the conversation, unless the account holds or waits for something, or posted after
    /// `silent_since`. Returns whether the session is passivated.
    pub fn passivate(&mut self, silent_since: Timestamp) -> bool {
        let last_post_at = self.more.as_ref().and_then(|more| more.last_post_at);
        if !self.is_idle() || last_post_at > Some(silent_since) {
            return false;
        }
        if let Some(more) = &mut self.more {
            more.last_post_at = None;
        }
        self.tidy();
        true
    }
}

#[cfg(test)]
mod tests {
    use super::Session;
    use crate::domain::event::Event;
    use crate::domain::id::{Account, Network, OfferNo, PostId};
    use crate::domain::time::{Millis, Timestamp};

    fn at(second: u32) -> Timestamp {
        Timestamp::from_ms(1_360_774_800_000).plus(Millis::from_secs(second))
    }

    #[test]
    fn a_session_is_live_from_its_first_event_until_it_is_idle_for_too_long() {
        let mut session = Session::default();
        assert!(!session.note_activity(at(0)) && !session.is_live());
        assert!(session.activate(at(1)) && !session.activate(at(2)));
        assert!(session.note_activity(at(5)) && session.is_live() && !session.is_over());
        assert!(!session.passivate(at(4)), "it was heard after that");
        assert!(session.passivate(at(5)));
        assert!(!session.is_live() && session.is_over() && session.more.is_none());
    }

    #[test]
    fn a_waiting_session_is_not_passivated_and_its_copy_has_the_same_stored_form() {
        let mut session = Session::default();
        let account = Account::parse(Network::X, "42").unwrap();
        let (post, offer) = (PostId::parse(Network::X, "7").unwrap(), OfferNo(0));
        let (posted_at, until) = (at(0), at(30));
        let parked =
            Event::ConfirmParked { offer, account: account.clone(), post: post.clone(), posted_at, until };
        session.apply(at(0), &parked);
        let stored = postcard::to_stdvec(&session).unwrap();
        session.activate(at(0));
        assert!(!session.passivate(at(1_000)), "a parked confirmation waits");
        assert_eq!(
            postcard::to_stdvec(&session).unwrap(),
            stored,
            "no record and no snapshot knows of liveness"
        );
        session.apply(at(31), &Event::ParkingEnded { offer, account, post });
        assert!(session.passivate(at(1_000)));
    }
}
