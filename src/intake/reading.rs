//! Reads a post by its content alone, without stock, time or links.

use std::ops::Range;

use super::catalog::{Catalog, Role};
use crate::domain::command::Intent;
use crate::domain::id::PostId;
use crate::domain::outcome::Outcome;
use crate::domain::post::Post;
use crate::text::account_word::{AccountWord, account_word};
use crate::text::copied::{CopiedParts, copied_parts};
use crate::text::hashtag::{Hashtag, hashtags, marked_hashtags};
use crate::text::quantity::quantity;

/// What a post's content asks for, before stock, time and links are considered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reading {
    /// The post concerns no offer.
    Unrelated,
    /// The post has an offer's tag, but cannot ask for anything: the tag is in copied words, the post is an edit
    /// or the shop's own, or its tag only looks like the offer's.
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
    /// Why its author did not write the tag: it is in copied or quoted words.
    foreign: Option<Outcome>,
}

impl Deciding {
    /// What makes one tag decide before another one, wherever they stand: own words before copied ones, and
    /// then the offer's tag before one that looks like it.
    const fn precedence(&self) -> (bool, bool) {
        (self.foreign.is_none(), self.role.is_some())
    }
}

impl Catalog {
    /// Reads a post by its content alone. The first tag of an offer in the author's own words decides.
    #[must_use]
    pub fn read(&self, post: &Post) -> Reading {
        if post.deleted {
            return Reading::Refers(Intent::Delete);
        }
        if let Some(of) = post.repost_of.as_ref().filter(|_| !self.is_own(post)) {
            return self.read_repost(of.clone(), &post.text);
        }
        let Some(deciding) = self.deciding(post) else { return self.read_account_word(post) };
        let Deciding { listing, role, .. } = deciding;
        match (self.not_own_words(post, &deciding), role) {
            (Some(outcome), Some(_)) => Reading::Refused { listing, outcome },
            // An author who passes a misspelled tag on has not misspelled it.
            (Some(_), None) => Reading::Unrelated,
            (None, None) => Reading::Refused { listing, outcome: Outcome::LookAlikeTag },
            (None, Some(Role::Buy)) => match quantity(&post.text, deciding.place) {
                Some(0) => Reading::Unrelated,
                units => self.ask(listing, Role::Buy, units.unwrap_or(1)),
            },
            (None, Some(role)) => self.ask(listing, role, 1),
        }
    }

    /// The tag that decides, of those that readers see: those that the network marks, or those of the text where
    /// it marks nothing.
    fn deciding(&self, post: &Post) -> Option<Deciding> {
        match post.marked_tags() {
            None => self.first_of(post, hashtags(&post.text)),
            Some(marked) => self.first_of(post, marked_hashtags(&post.text, marked)),
        }
    }

    /// The first of the tags that concern an offer with the highest precedence.
    fn first_of<'t>(&self, post: &Post, hashtags: impl Iterator<Item = Hashtag<'t>>) -> Option<Deciding> {
        let (mut deciding, mut copied) = (None::<Deciding>, None);
        for hashtag in hashtags {
            let Some((listing, role)) = self.recognize(hashtag.tag) else { continue };
            // Few posts have a tag of an offer, so the others are not searched for copied words.
            let copied = copied.get_or_insert_with(|| copied_parts(&post.text));
            let foreign = foreign_words(post, copied, &hashtag);
            let found = Deciding { place: hashtag.byte_range(), listing, role, foreign };
            if found.precedence() == (true, true) {
                return Some(found);
            }
            if deciding.as_ref().is_none_or(|earlier| found.precedence() > earlier.precedence()) {
                deciding = Some(found);
            }
        }
        deciding
    }

    /// The words of a repost are all another author's, so any tag tells what was reposted.
    fn read_repost(&self, of: PostId, text: &str) -> Reading {
        let mut tags = hashtags(text).filter_map(|hashtag| self.recognize(hashtag.tag));
        let tagged = tags.find_map(|(listing, role)| role.map(|_| listing));
        let offer = tagged.and_then(|listing| self.listings().get(listing)).map(|listing| listing.offer);
        let intent = Intent::Repost { of, tagged: offer };
        match tagged {
            Some(listing) => Reading::Asks { listing, intent, units: 1 },
            None => Reading::Refers(intent),
        }
    }

    fn read_account_word(&self, post: &Post) -> Reading {
        let word = account_word(&post.text, &self.front().handles);
        let own = word.filter(|_| !self.is_own(post) && !post.edited && !has_quotation(post));
        own.map_or(Reading::Unrelated, |word| Reading::Refers(intent_of(word)))
    }

    /// The outcome for a tag that the author did not write, or must not buy with; `None` if it counts. The
    /// author's own words in a quote of another post count.
    fn not_own_words(&self, post: &Post, tag: &Deciding) -> Option<Outcome> {
        if self.is_own(post) {
            Some(Outcome::OwnPost)
        } else {
            tag.foreign.or_else(|| post.edited.then_some(Outcome::Edited))
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

/// The outcome for a tag in words that its author copied by hand, or that the network shows as a quotation.
fn foreign_words(post: &Post, copied: &CopiedParts, tag: &Hashtag<'_>) -> Option<Outcome> {
    let quoted = post.markup.as_ref().is_some_and(|markup| markup.quotes(tag.start));
    if quoted {
        return Some(Outcome::Quoted);
    }
    let copied = copied.contain(tag.byte_range().start);
    copied.then_some(Outcome::ManualRepost)
}

fn has_quotation(post: &Post) -> bool {
    post.markup.as_ref().is_some_and(|markup| !markup.quoted.is_empty())
}

const fn intent_of(word: AccountWord) -> Intent {
    match word {
        AccountWord::Stop => Intent::Stop,
        AccountWord::Start => Intent::Start,
        AccountWord::Freeze => Intent::Freeze,
    }
}
