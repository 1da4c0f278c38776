//! The catalog: the offers on sale by their hashtags, and what a post is on its face.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use compact_str::CompactString;

use super::command::Wish;
use super::hashtag::{hashtags, manual_repost_at};
use super::id::{Account, OfferId, OfferNo};
use super::outcome::Outcome;
use super::post::Post;
use super::terms::Terms;

/// What a tag of an offer asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Role {
    /// A unit.
    Buy,
    /// To place the order.
    Confirm,
    /// To pass the unit or the place on.
    Cancel,
}

impl Role {
    /// The word for the role in explanations.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Buy => "buy",
            Self::Confirm => "confirm",
            Self::Cancel => "cancel",
        }
    }
}

/// An offer on sale, and where its truth is.
#[derive(Debug, Clone)]
pub struct Listing {
    /// The partition that owns the offer.
    pub partition: u32,
    /// The offer's number there.
    pub offer: OfferNo,
    /// What was agreed.
    pub terms: Arc<Terms>,
}

/// What a post is on its face: before anybody looks at stock, time or links.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reading {
    /// No offer is concerned.
    Unrelated,
    /// An offer's tag is there, but these are not the words of a buyer.
    Refused {
        /// Index of the listing.
        listing: usize,
        /// Why not.
        outcome: Outcome,
    },
    /// The author asks something of one offer.
    Asks {
        /// Index of the listing.
        listing: usize,
        /// What.
        wish: Wish,
    },
    /// The post points to an earlier one; only the author's sessions know whether that one matters.
    Refers(Wish),
}

/// The offers on sale.
#[derive(Debug, Clone, Default)]
pub struct Catalog {
    listings: Vec<Listing>,
    by_tag: HashMap<CompactString, (usize, Role), foldhash::quality::RandomState>,
    by_number: HashMap<(u32, OfferNo), usize, foldhash::fast::RandomState>,
    own: HashSet<Account>,
}

impl Catalog {
    /// A catalog of these offers, for a shop that posts from these accounts.
    #[must_use]
    pub fn new(listings: Vec<Listing>, own: impl IntoIterator<Item = Account>) -> Self {
        let mut by_tag = HashMap::default();
        for (index, listing) in listings.iter().enumerate() {
            let tags = &listing.terms.tags;
            let roles = [
                (Some(&tags.buy), Role::Buy),
                (tags.confirm.as_ref(), Role::Confirm),
                (tags.cancel.as_ref(), Role::Cancel),
            ];
            for (tag, role) in roles {
                if let Some(tag) = tag {
                    by_tag.insert(tag.to_ascii_lowercase(), (index, role));
                }
            }
        }
        let numbers = listings.iter().map(|listing| (listing.partition, listing.offer));
        let by_number = numbers.zip(0..).collect();
        Self { listings, by_tag, by_number, own: own.into_iter().collect() }
    }

    /// The offers, by index.
    #[must_use]
    pub fn listings(&self) -> &[Listing] {
        &self.listings
    }

    /// The listing of an offer by its partition and its number there.
    #[must_use]
    pub fn listing(&self, partition: u32, offer: OfferNo) -> Option<&Listing> {
        self.listings.get(*self.by_number.get(&(partition, offer))?)
    }

    /// The listing of an offer by its name.
    #[must_use]
    pub fn named(&self, id: &OfferId) -> Option<&Listing> {
        self.listings.iter().find(|listing| listing.terms.id == *id)
    }

    /// The offer and role of a hashtag, compared without regard to ASCII case.
    #[must_use]
    pub fn find(&self, tag: &str) -> Option<(usize, Role)> {
        let mut key = CompactString::new(tag);
        key.make_ascii_lowercase();
        self.by_tag.get(&key).copied()
    }

    /// Reads a post on its face. The first tag of an offer in the author's own words decides.
    #[must_use]
    pub fn read(&self, post: &Post) -> Reading {
        if post.deleted {
            return Reading::Refers(Wish::Delete);
        }
        let mut tags = hashtags(&post.text).filter_map(|tag| {
            self.find(tag.tag).map(|(listing, role)| (tag.byte_range().start, listing, role))
        });
        let first = tags.next();
        let own = self.own.contains(&post.account);
        if let (Some(of), false) = (&post.repost_of, own) {
            let tagged = first.map(|(_, listing, _)| listing);
            let offer = tagged.and_then(|listing| self.listings.get(listing)).map(|listing| listing.offer);
            let wish = Wish::Repost { of: of.clone(), tagged: offer };
            return match tagged {
                Some(listing) => Reading::Asks { listing, wish },
                None => Reading::Refers(wish),
            };
        }
        let Some((start, listing, role)) = first else { return Reading::Unrelated };
        let refused = |outcome| Reading::Refused { listing, outcome };
        if own {
            refused(Outcome::OwnPost)
        } else if manual_repost_at(&post.text).is_some_and(|copied| copied <= start) {
            refused(Outcome::ManualRepost)
        } else if post.quote_of.is_some() {
            refused(Outcome::Quoted)
        } else if post.edited {
            refused(Outcome::Edited)
        } else {
            self.ask(listing, role)
        }
    }

    fn ask(&self, listing: usize, role: Role) -> Reading {
        let Some(offer) = self.listings.get(listing).map(|listing| listing.offer) else {
            return Reading::Unrelated;
        };
        let wish = match role {
            Role::Buy => Wish::Buy(offer),
            Role::Confirm => Wish::Confirm(offer),
            Role::Cancel => Wish::Cancel(offer),
        };
        Reading::Asks { listing, wish }
    }
}
