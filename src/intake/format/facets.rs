//! The facets of a Bluesky post: which parts of its text the network shows as tags.
//!
//! The author's program states them. Where it states any, readers see a link only there: `#BuyPot-HD` is one
//! tag, a tag without a facet is none, and one with a facet is a tag wherever it stands, as in `欲しい#BuyPot`. A
//! facet of another form is ignored, as readers' programs do.

use std::ops::Range;

use serde::Deserialize;

use crate::intake::field::{Field, Object, Part, Parts, Word};
use crate::text::folding::fold;

const TAG: &str = "app.bsky.richtext.facet#tag";

/// A marked part of the text.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Facet<'a> {
    index: Part<Index>,
    #[serde(borrow)]
    features: Parts<Feature<'a>>,
}

/// The part, in bytes of the text.
#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct Index {
    byte_start: Field<i64>,
    byte_end: Field<i64>,
}

/// What the part is.
#[derive(Deserialize, Default)]
#[serde(default)]
struct Feature<'a> {
    #[serde(borrow, rename = "$type")]
    form: Word<'a>,
    tag: Word<'a>,
}

/// The tags that readers see, in code points with their hash signs, in order; `None` if the text has no
/// facets, and tags are found by the text alone. A facet that names another tag than its text shows none.
pub(super) fn shown_tags(text: &str, facets: Parts<Facet<'_>>) -> Option<Vec<Range<usize>>> {
    let facets = facets.lenient().filter(|facets| !facets.is_empty())?;
    let mut places: Vec<_> = facets.into_iter().filter_map(|facet| place_of_tag(text, facet)).collect();
    places.sort_unstable_by_key(|place| (place.start, place.end));
    let (mut bytes, mut points) = (0, 0);
    let mut counted = |byte: usize| {
        // Facets may overlap, and then one begins before the last one ended.
        let (from, to) = (bytes.min(byte), bytes.max(byte));
        let between = text.get(from..to).map_or(0, |part| part.chars().count());
        points = if byte < bytes { points - between } else { points + between };
        bytes = byte;
        points
    };
    Some(places.into_iter().map(|place| counted(place.start)..counted(place.end)).collect())
}

fn place_of_tag(text: &str, facet: Field<Object<Facet<'_>>>) -> Option<Range<usize>> {
    let Object(Facet { index, features }) = facet.lenient()?;
    let Object(index) = index.lenient()?;
    let byte = |field: Field<i64>| usize::try_from(field.lenient()?).ok();
    let place = byte(index.byte_start)?..byte(index.byte_end)?;
    let shown = text.get(place.clone())?.strip_prefix(['#', '＃'])?;
    let names = |feature: Field<Object<Feature<'_>>>| {
        let Object(feature) = feature.lenient()?;
        let is_tag = feature.form.lenient()? == TAG;
        Some(is_tag && fold(&feature.tag.lenient()?) == fold(shown))
    };
    features.lenient()?.into_iter().filter_map(names).any(|same| same).then_some(place)
}
