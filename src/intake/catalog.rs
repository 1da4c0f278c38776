//! The catalog: the live offers, found by their hashtags.

use std::collections::HashMap;
use std::hash::BuildHasher;

use compact_str::CompactString;
use hashbrown::HashTable;
use hashbrown::hash_table::Entry;
use smallvec::SmallVec;

use crate::collections::prefetch::prefetch;
use crate::domain::id::{OfferId, OfferNo};
use crate::domain::listing::{Listing, ShopFront};
use crate::domain::offering::Offering;
use crate::text::folding::fold;
use crate::text::hashtag::{hashtags, same_tag};
use crate::text::look_alike::{look_alike, may_stand_for_ascii, outlines};

/// Upper bound on the tags that stay in the processor's cache.
const CACHED_TAGS: usize = 4_096;

/// What a post with the tag asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Role {
    /// Reserves units.
    Buy,
    /// Places the order.
    Confirm,
    /// Releases the units or the place on the waitlist.
    Cancel,
    /// Enrolls a card in a statement-credit offer.
    Enroll,
}

impl Role {
    /// Name of the role in explanations.
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

/// A tag of an offer, in its original spelling.
#[derive(Debug, Clone)]
struct LiveTag {
    tag: CompactString,
    listing: usize,
}

/// A tag of an offer, in the form for lookup.
#[derive(Debug, Clone)]
struct Tagged {
    /// The tag in its folded form.
    tag: CompactString,
    listing: usize,
    role: Role,
}

/// The live offers and their tags.
#[derive(Debug, Clone, Default)]
pub struct Catalog {
    listings: Vec<Listing>,
    by_tag: HashTable<Tagged>,
    hasher: foldhash::quality::RandomState,
    /// Tags by outline; tags that look alike share one.
    by_outline: HashMap<Box<[u8]>, SmallVec<[LiveTag; 1]>, foldhash::quality::RandomState>,
    ascii_lengths: Lengths,
    /// Whether a tag is live that no tag of ASCII characters can look like.
    beyond_ascii: bool,
    by_number: HashMap<(u32, OfferNo), usize, foldhash::fast::RandomState>,
    front: ShopFront,
}

impl Catalog {
    /// Builds the catalog of a shop's listings.
    #[must_use]
    pub fn new(listings: Vec<Listing>, front: ShopFront) -> Self {
        let mut catalog = Self { front, ..Self::default() };
        for (index, listing) in listings.iter().enumerate() {
            for (tag, role) in roles(&listing.offering) {
                // A later offer takes over the tag of an earlier one.
                catalog.list(Tagged { tag: fold(tag), listing: index, role });
                catalog.enter(LiveTag { tag: tag.clone(), listing: index });
            }
        }
        let numbers = listings.iter().map(|listing| (listing.partition, listing.offer));
        catalog.by_number = numbers.zip(0..).collect();
        catalog.listings = listings;
        catalog
    }

    /// Builds a catalog for reading posts by content alone, before partitions have numbered the offers.
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
        for outline in outlines(&live.tag) {
            self.beyond_ascii |= !outline.is_ascii();
            self.ascii_lengths.add(&outline);
            let same = self.by_outline.entry(outline.into_boxed_slice()).or_default();
            same.retain(|earlier| !same_tag(&earlier.tag, &live.tag));
            same.push(live.clone());
        }
    }

    /// The offers, by index.
    #[must_use]
    pub fn listings(&self) -> &[Listing] {
        &self.listings
    }

    /// The shop.
    #[must_use]
    pub fn front(&self) -> &ShopFront {
        &self.front
    }

    /// The listing of an offer, by its partition and its number there.
    #[must_use]
    pub fn listing(&self, partition: u32, offer: OfferNo) -> Option<&Listing> {
        self.listings.get(*self.by_number.get(&(partition, offer))?)
    }

    /// The listing of an offer, by its id.
    #[must_use]
    pub fn named(&self, id: &OfferId) -> Option<&Listing> {
        self.listings.iter().find(|listing| listing.offering.id() == id)
    }

    /// The tags of all offers, as their offers spell them; some more than once.
    pub fn tags(&self) -> impl Iterator<Item = &str> {
        self.by_outline.values().flatten().map(|live| live.tag.as_str())
    }

    /// The listing index and role of a hashtag, compared in its folded form.
    #[must_use]
    pub fn find(&self, tag: &str) -> Option<(usize, Role)> {
        let (listing, role) = self.recognize(tag)?;
        role.map(|role| (listing, role))
    }

    /// Prefetches the parts of the catalog that reading these texts touches. Does nothing up to
    /// `CACHED_TAGS` tags, which are in the cache anyway.
    pub fn prefetch<'t>(&self, texts: impl Iterator<Item = &'t str>) {
        if self.by_tag.len() <= CACHED_TAGS {
            return;
        }
        let keys = texts.filter_map(|text| hashtags(text).find_map(|hashtag| self.key(hashtag.tag)));
        let hashes: Vec<_> = keys.map(|key| self.hasher.hash_one(&key)).collect();
        let listed: Vec<_> = hashes.iter().filter_map(|hash| self.by_tag.find(*hash, |_| true)).collect();
        let listings = listed.iter().filter_map(|listed| self.listings.get(listed.listing));
        prefetch(listings.map(|listing| listing.offer.0 as usize));
    }

    /// The lookup key of a tag; `None` if no offer can have it.
    fn key(&self, tag: &str) -> Option<CompactString> {
        let possible = match tag.is_ascii() {
            true => self.ascii_lengths.hold(tag.len()),
            false => self.beyond_ascii || tag.chars().all(may_stand_for_ascii),
        };
        (possible && !self.by_outline.is_empty()).then(|| fold(tag))
    }

    /// The listing index and role of a tag; no role if the tag only looks like the offer's.
    pub(super) fn recognize(&self, tag: &str) -> Option<(usize, Option<Role>)> {
        let key = self.key(tag)?;
        let listed = self.by_tag.find(self.hasher.hash_one(&key), |listed| listed.tag == key);
        if let Some(listed) = listed {
            return Some((listed.listing, Some(listed.role)));
        }
        let twin = outlines(tag).find_map(|outline| {
            let candidates = self.by_outline.get(outline.as_slice())?;
            candidates.iter().find(|live| look_alike(&live.tag, tag))
        })?;
        Some((twin.listing, None))
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

/// The lengths that ASCII tags can have which concern an offer, as a bit set. Most other tags differ in length
/// and need not be hashed.
#[derive(Debug, Clone, Copy, Default)]
struct Lengths(u128);

impl Lengths {
    fn add(&mut self, outline: &[u8]) {
        // Each `rn` of an outline may come from an `m`, which is one character.
        let pairs = outline.windows(2).filter(|pair| pair == b"rn").count();
        for length in outline.len() - pairs..=outline.len() {
            self.0 |= Self::bit(length);
        }
    }

    const fn hold(self, length: usize) -> bool {
        self.0 & Self::bit(length) != 0
    }

    /// All lengths from 127 on share the last bit; they exceed any offer's tag.
    const fn bit(length: usize) -> u128 {
        1 << if length < 127 { length } else { 127 }
    }
}
