//! The catalog: the offers on sale by their hashtags, and what a post is on its face.

use std::collections::HashMap;
use std::hash::BuildHasher;
use std::ops::Range;

use compact_str::CompactString;
use hashbrown::HashTable;
use hashbrown::hash_table::Entry;
use smallvec::SmallVec;

use super::command::Intent;
use super::id::{Account, OfferId, OfferNo, PostId};
use super::offering::Offering;
use super::outcome::Outcome;
use super::post::Post;
use crate::text::account_word::account_word;
use crate::text::hashtag::{hashtags, manual_repost_at, same_tag};
use crate::text::look_alike::{look_alike, outline};
use crate::text::quantity::quantity;

/// So many tags are in the processor's cache before anybody looks.
const CACHED_TAGS: usize = 4_096;

/// What a tag of an offer asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Role {
    /// A unit.
    Buy,
    /// To place the order.
    Confirm,
    /// To pass the unit or the place on.
    Cancel,
    /// To load a statement-credit offer on the card.
    Enroll,
}

impl Role {
    /// The word for the role in explanations.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Buy => "buy",
            Self::Confirm => "confirm",
            Self::Cancel => "cancel",
            Self::Enroll => "enroll",
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
    pub offering: Offering,
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
        intent: Intent,
        /// How many units, if it claims some.
        units: u32,
    },
    /// The post points to an earlier one, or speaks of the account as a whole; only the author's sessions know
    /// whether that matters.
    Refers(Intent),
}

impl Reading {
    /// Whether it depends on the author what comes of the post.
    #[must_use]
    pub fn asks(&self) -> bool {
        matches!(self, Self::Asks { .. } | Self::Refers(_))
    }
}

/// Who sells, as posts show it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ShopFront {
    /// The shop's own accounts: their posts never buy.
    pub own: Vec<Account>,
    /// The names by which posts mention the shop, without the `@`.
    pub handles: Vec<CompactString>,
}

/// A tag of an offer.
#[derive(Debug, Clone)]
struct LiveTag {
    tag: CompactString,
    listing: usize,
}

/// What a tag asks for, and of which offer.
#[derive(Debug, Clone)]
struct Tagged {
    /// In lower case.
    tag: CompactString,
    listing: usize,
    role: Role,
}

/// The tag that decides what a post is.
struct Deciding {
    /// Where it stands, in bytes.
    place: Range<usize>,
    listing: usize,
    /// None for a tag that only looks like an offer's.
    role: Option<Role>,
}

/// The offers on sale.
#[derive(Debug, Clone, Default)]
pub struct Catalog {
    listings: Vec<Listing>,
    by_tag: HashTable<Tagged>,
    hasher: foldhash::quality::RandomState,
    /// The tags that are the same at a glance.
    by_outline: HashMap<Box<[u8]>, SmallVec<[LiveTag; 1]>, foldhash::quality::RandomState>,
    ascii_lengths: Lengths,
    by_number: HashMap<(u32, OfferNo), usize, foldhash::fast::RandomState>,
    front: ShopFront,
}

impl Catalog {
    /// A catalog of these offers, sold by that shop.
    #[must_use]
    pub fn new(listings: Vec<Listing>, front: ShopFront) -> Self {
        let mut catalog = Self { front, ..Self::default() };
        for (index, listing) in listings.iter().enumerate() {
            for (tag, role) in roles(&listing.offering) {
                // A later offer takes the tag over.
                catalog.list(Tagged { tag: tag.to_ascii_lowercase(), listing: index, role });
                catalog.enter(LiveTag { tag: tag.clone(), listing: index });
            }
        }
        let numbers = listings.iter().map(|listing| (listing.partition, listing.offer));
        catalog.by_number = numbers.zip(0..).collect();
        catalog.listings = listings;
        catalog
    }

    /// A catalog for reading posts on their face, before partitions have numbered the offers.
    #[must_use]
    pub fn unnumbered(offerings: &[Offering], front: ShopFront) -> Self {
        let listing = |(offering, no): (&Offering, u32)| Listing {
            partition: 0,
            offer: OfferNo(no),
            offering: offering.clone(),
        };
        Self::new(offerings.iter().zip(0..).map(listing).collect(), front)
    }

    fn list(&mut self, tagged: Tagged) {
        let hash = |tagged: &Tagged| self.hasher.hash_one(&tagged.tag);
        match self.by_tag.entry(hash(&tagged), |listed| listed.tag == tagged.tag, hash) {
            Entry::Occupied(mut earlier) => *earlier.get_mut() = tagged,
            Entry::Vacant(place) => drop(place.insert(tagged)),
        }
    }

    fn enter(&mut self, live: LiveTag) {
        // Offers have ASCII tags, so there is an outline.
        let Some(outline) = outline(&live.tag) else { return };
        self.ascii_lengths.add(&outline);
        let same = self.by_outline.entry(outline.into_boxed_slice()).or_default();
        same.retain(|earlier| !same_tag(&earlier.tag, &live.tag));
        same.push(live);
    }

    /// The offers, by index.
    #[must_use]
    pub fn listings(&self) -> &[Listing] {
        &self.listings
    }

    /// Who sells.
    #[must_use]
    pub fn front(&self) -> &ShopFront {
        &self.front
    }

    /// The listing of an offer by its partition and its number there.
    #[must_use]
    pub fn listing(&self, partition: u32, offer: OfferNo) -> Option<&Listing> {
        self.listings.get(*self.by_number.get(&(partition, offer))?)
    }

    /// The listing of an offer by its name.
    #[must_use]
    pub fn named(&self, id: &OfferId) -> Option<&Listing> {
        self.listings.iter().find(|listing| listing.offering.id() == id)
    }

    /// The tags of all offers, in lower case.
    pub fn tags(&self) -> impl Iterator<Item = &str> {
        self.by_tag.iter().map(|listed| listed.tag.as_str())
    }

    /// The offer and role of a hashtag, compared without regard to ASCII case.
    #[must_use]
    pub fn find(&self, tag: &str) -> Option<(usize, Role)> {
        let (listing, role) = self.recognize(tag)?;
        role.map(|role| (listing, role))
    }

    /// Reads what will be read of the catalog when posts are that begin with these words; where so few tags are on
    /// sale that all of that is at hand, nothing. What it returns is worth nothing but to have been read for.
    pub fn look_ahead<'t>(&self, texts: impl Iterator<Item = &'t str>) -> usize {
        if self.by_tag.len() <= CACHED_TAGS {
            return 0;
        }
        let keys = texts.filter_map(|text| hashtags(text).find_map(|hashtag| self.key(hashtag.tag)));
        let hashes: Vec<_> = keys.map(|key| self.hasher.hash_one(&key)).collect();
        let listed: Vec<_> = hashes.iter().filter_map(|hash| self.by_tag.find(*hash, |_| true)).collect();
        let listings: Vec<_> = listed.iter().filter_map(|listed| self.listings.get(listed.listing)).collect();
        listings.iter().map(|listing| listing.offer.0 as usize).fold(0, usize::wrapping_add)
    }

    /// By what a tag is found, if an offer may have it.
    fn key(&self, tag: &str) -> Option<CompactString> {
        if self.by_outline.is_empty() || (tag.is_ascii() && !self.ascii_lengths.hold(tag.len())) {
            return None;
        }
        let mut key = CompactString::new(tag);
        key.make_ascii_lowercase();
        Some(key)
    }

    /// The offer that a tag belongs to, with its role, or that it only looks like one of.
    fn recognize(&self, tag: &str) -> Option<(usize, Option<Role>)> {
        let key = self.key(tag)?;
        let listed = self.by_tag.find(self.hasher.hash_one(&key), |listed| listed.tag == key);
        if let Some(listed) = listed {
            return Some((listed.listing, Some(listed.role)));
        }
        let candidates = self.by_outline.get(outline(tag)?.as_slice())?;
        let twin = candidates.iter().find(|live| look_alike(&live.tag, tag))?;
        Some((twin.listing, None))
    }

    /// Reads a post on its face. The first tag of an offer in the author's own words decides.
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
            // Who passes a misspelled tag on has not misspelled it.
            (Some(_), None) => Reading::Unrelated,
            (None, None) => Reading::Refused { listing, outcome: Outcome::LookAlikeTag },
            (None, Some(Role::Buy)) => match quantity(&post.text, place) {
                Some(0) => Reading::Unrelated,
                units => self.ask(listing, Role::Buy, units.unwrap_or(1)),
            },
            (None, Some(role)) => self.ask(listing, role, 1),
        }
    }

    /// The first tag that is an offer's, or if there is none, the first that looks like one.
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
        let offer = tagged.and_then(|listing| self.listings.get(listing)).map(|listing| listing.offer);
        let intent = Intent::Repost { of, tagged: offer };
        match tagged {
            Some(listing) => Reading::Asks { listing, intent, units: 1 },
            None => Reading::Refers(intent),
        }
    }

    fn read_account_word(&self, post: &Post) -> Reading {
        let word = account_word(&post.text, &self.front.handles);
        let own = word.filter(|_| self.not_own_words(post, 0).is_none());
        own.map_or(Reading::Unrelated, |word| Reading::Refers(word.into()))
    }

    /// Why what begins at that byte is not a buyer's own word, if it is not.
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
        self.front.own.contains(&post.account)
    }

    fn ask(&self, listing: usize, role: Role, units: u32) -> Reading {
        let Some(offer) = self.listings.get(listing).map(|listing| listing.offer) else {
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

/// The tags of an offer with their roles.
fn roles(offering: &Offering) -> Vec<(&CompactString, Role)> {
    match offering {
        Offering::Purchase(terms) => {
            let tags = &terms.tags;
            let confirm = tags.confirm.as_ref().map(|tag| (tag, Role::Confirm));
            let cancel = tags.cancel.as_ref().map(|tag| (tag, Role::Cancel));
            [Some((&tags.buy, Role::Buy)), confirm, cancel].into_iter().flatten().collect()
        }
        Offering::Credit(terms) => vec![(&terms.enroll, Role::Enroll)],
    }
}

/// The lengths that ASCII tags with certain outlines can have: most tags of strangers are told by theirs.
#[derive(Debug, Clone, Copy, Default)]
struct Lengths(u128);

impl Lengths {
    fn add(&mut self, outline: &[u8]) {
        // Each `rn` may come of an `m`, which is one character.
        let pairs = outline.windows(2).filter(|pair| pair == b"rn").count();
        for length in outline.len() - pairs..=outline.len() {
            self.0 |= Self::bit(length);
        }
    }

    const fn hold(self, length: usize) -> bool {
        self.0 & Self::bit(length) != 0
    }

    /// All that are longer than any offer's share the last bit.
    const fn bit(length: usize) -> u128 {
        1 << if length < 127 { length } else { 127 }
    }
}
