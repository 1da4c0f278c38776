//! Reads a post by its content alone, without stock, time or links.

use std::ops::Range;

use super::catalog::{Catalog, Role};
use crate::domain::command::Intent;
use crate::domain::id::PostId;
use crate::domain::outcome::Outcome;
use crate::domain::post::Post;
use crate::text::account_word::{AccountWord, account_word};
use crate::text::hashtag::{hashtags, manual_repost_at};
use crate::text::quantity::quantity;

/// What a post's content asks for, before stock, time and links are considered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reading {
    /// The post concerns no offer.
    Unrelated,
    /// The post has an offer's tag, but cannot ask for anything: it is a copy, a quote, an edit, the shop's
    /// own post, or its tag only looks like the offer's.
    Refused {
        /// Index of the listing.
        listing: usize,
        /// The reason.
        outcome: Outcome,
    },
    /// The post asks for something at one offer.
    Asks {
        /// Index of the listing.
        listing: usize,
        /// What it asks for.
        intent: Intent,
        /// Units that it claims; 1 for posts that claim none.
        units: u32,
    },
    /// The post refers to an earlier post, or to its account as a whole; only the author's sessions know
    /// whether that matters.
    Refers(Intent),
}

impl Reading {
    /// Whether the outcome of the post depends on its author's link and session.
    #[must_use]
    pub fn asks(&self) -> bool {
        matches!(self, Self::Asks { .. } | Self::Refers(_))
    }
}

/// The tag that decides how a post is read.
struct Deciding {
    /// The tag's byte range in the text.
    place: Range<usize>,
    listing: usize,
    /// The tag's role; `None` if it only looks like an offer's tag.
    role: Option<Role>,
}

impl Catalog {
    /// Reads a post by its content alone. The first tag of an offer in the author's own words decides.
    #[must_use]
    pub fn read(&self, post: &Post) -> Reading {
        if post.deleted {
            return Reading::Refers(Intent::Delete);
        }
        let deciding = self.deciding(&post.text);
        if let Some(of) = post.repost_of.as_ref().filter(|_| !self.is_own(post)) {
            let tagged = deciding.filter(|tag| tag.role.is_some()).map(|tag| tag.listing);
            return self.read_repost(of.clone(), tagged);
        }
        let Some(Deciding { place, listing, role }) = deciding else { return self.read_account_word(post) };
        match (self.not_own_words(post, place.start), role) {
            (Some(outcome), Some(_)) => Reading::Refused { listing, outcome },
            // An author who passes a misspelled tag on has not misspelled it.
            (Some(_), None) => Reading::Unrelated,
            (None, None) => Reading::Refused { listing, outcome: Outcome::LookAlikeTag },
            (None, Some(Role::Buy)) => match quantity(&post.text, place) {
                Some(0) => Reading::Unrelated,
                units => self.ask(listing, Role::Buy, units.unwrap_or(1)),
            },
            (None, Some(role)) => self.ask(listing, role, 1),
        }
    }

    /// The first tag that belongs to an offer, or otherwise the first that looks like one.
    fn deciding(&self, text: &str) -> Option<Deciding> {
        let mut twin = None;
        for hashtag in hashtags(text) {
            let Some((listing, role)) = self.recognize(hashtag.tag) else { continue };
            let deciding = Deciding { place: hashtag.byte_range(), listing, role };
            if role.is_some() {
                return Some(deciding);
            }
            twin.get_or_insert(deciding);
        }
        twin
    }

    fn read_repost(&self, of: PostId, tagged: Option<usize>) -> Reading {
        let offer = tagged.and_then(|listing| self.listings().get(listing)).map(|listing| listing.offer);
        let intent = Intent::Repost { of, tagged: offer };
        match tagged {
            Some(listing) => Reading::Asks { listing, intent, units: 1 },
            None => Reading::Refers(intent),
        }
    }

    fn read_account_word(&self, post: &Post) -> Reading {
        let word = account_word(&post.text, &self.front().handles);
        let own = word.filter(|_| self.not_own_words(post, 0).is_none());
        own.map_or(Reading::Unrelated, |word| Reading::Refers(intent_of(word)))
    }

    /// The outcome for text from byte `start` on that the author did not write, or must not buy with; `None`
    /// if it counts.
    fn not_own_words(&self, post: &Post, start: usize) -> Option<Outcome> {
        if self.is_own(post) {
            Some(Outcome::OwnPost)
        } else if manual_repost_at(&post.text).is_some_and(|copied| copied <= start) {
            Some(Outcome::ManualRepost)
        } else if post.quote_of.is_some() {
            Some(Outcome::Quoted)
        } else {
            post.edited.then_some(Outcome::Edited)
        }
    }

    fn is_own(&self, post: &Post) -> bool {
        self.front().own.contains(&post.account)
    }

    fn ask(&self, listing: usize, role: Role, units: u32) -> Reading {
        let Some(offer) = self.listings().get(listing).map(|listing| listing.offer) else {
            return Reading::Unrelated;
        };
        let intent = match role {
            Role::Buy => Intent::Buy(offer),
            Role::Confirm => Intent::Confirm(offer),
            Role::Cancel => Intent::Cancel(offer),
            Role::Enroll => Intent::Enroll(offer),
        };
        Reading::Asks { listing, intent, units }
    }
}

const fn intent_of(word: AccountWord) -> Intent {
    match word {
        AccountWord::Stop => Intent::Stop,
        AccountWord::Start => Intent::Start,
        AccountWord::Freeze => Intent::Freeze,
    }
}
