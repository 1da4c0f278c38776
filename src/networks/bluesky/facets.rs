//! What a post marks in its text: tags, links and mentions. The network shows only what is marked.

use compact_str::CompactString;
use serde::Serialize;
use unicode_segmentation::UnicodeSegmentation;

use crate::text::hashtag::hashtags;
use crate::text::hashtag::url::urls;

/// Upper bound on a tag, in graphemes and in bytes.
const TAG_MOST: (usize, usize) = (64, 640);

/// A marked range of a text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Facet {
    #[serde(rename = "$type")]
    kind: &'static str,
    /// The range.
    pub index: ByteRange,
    /// What it is: always one.
    pub features: [Feature; 1],
}

/// A range in bytes of UTF-8.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ByteRange {
    /// Where it begins.
    pub byte_start: usize,
    /// Where it ends, exclusive.
    pub byte_end: usize,
}

/// What a range is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "$type")]
pub enum Feature {
    /// A hashtag, without its sign.
    #[serde(rename = "app.bsky.richtext.facet#tag")]
    Tag {
        /// The tag.
        tag: CompactString,
    },
    /// A link.
    #[serde(rename = "app.bsky.richtext.facet#link")]
    Link {
        /// Its address.
        uri: String,
    },
    /// An account.
    #[serde(rename = "app.bsky.richtext.facet#mention")]
    Mention {
        /// Its DID.
        did: CompactString,
    },
}

/// An account that a text may mention.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mention {
    /// The name in the text, without `@`.
    pub handle: CompactString,
    /// The account.
    pub did: CompactString,
}

/// What to mark in a text, in order and without overlaps. Only the accounts in `known` are marked: a handle alone
/// names nobody.
#[must_use]
pub fn facets(text: &str, known: &[Mention]) -> Vec<Facet> {
    let mut facets: Vec<Facet> = known.iter().flat_map(|mention| mentions(text, mention)).collect();
    facets.extend(hashtags(text).filter(|found| is_tag(found.tag)).map(|found| {
        let range = found.byte_range();
        facet(range.start, range.end, Feature::Tag { tag: found.tag.into() })
    }));
    facets.extend(urls(text).into_iter().filter_map(|url| {
        let shown = text.get(url.byte_range())?;
        let uri = if url.has_protocol { shown.to_owned() } else { format!("https://{shown}") };
        Some(facet(url.start, url.end, Feature::Link { uri }))
    }));
    facets.sort_by_key(|facet| (facet.index.byte_start, usize::MAX - facet.index.byte_end));
    let mut end = 0;
    facets.retain(|facet| {
        let is_free = facet.index.byte_start >= end;
        if is_free {
            end = facet.index.byte_end;
        }
        is_free
    });
    facets
}

fn facet(byte_start: usize, byte_end: usize, feature: Feature) -> Facet {
    Facet { kind: "app.bsky.richtext.facet", index: ByteRange { byte_start, byte_end }, features: [feature] }
}

fn is_tag(tag: &str) -> bool {
    let (graphemes, bytes) = TAG_MOST;
    tag.len() <= bytes && tag.graphemes(true).take(graphemes + 1).count() <= graphemes
}

/// Where a text mentions an account by its whole name.
fn mentions(text: &str, mention: &Mention) -> Vec<Facet> {
    let name = format!("@{}", mention.handle);
    let is_part = |c: char| c.is_alphanumeric() || c == '-' || c == '_';
    let found = text.match_indices(&name).filter(|(start, _)| {
        let before = text.get(..*start).and_then(|before| before.chars().next_back());
        let mut after = text.get(start + name.len()..).unwrap_or_default().chars();
        let (next, second) = (after.next(), after.next());
        let goes_on = next.is_some_and(is_part) || (next == Some('.') && second.is_some_and(is_part));
        !before.is_some_and(|c| is_part(c) || c == '@') && !goes_on
    });
    found
        .map(|(start, name)| facet(start, start + name.len(), Feature::Mention { did: mention.did.clone() }))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{Feature, Mention, facets};

    #[test]
    fn tags_links_and_known_names_are_marked_in_bytes() {
        let shop = Mention { handle: "shop.example.com".into(), did: "did:plc:shop".into() };
        let marked = |text: &str| -> Vec<(String, String)> {
            facets(text, std::slice::from_ref(&shop))
                .into_iter()
                .map(|facet| {
                    let shown = &text.as_bytes()[facet.index.byte_start..facet.index.byte_end];
                    let [feature] = facet.features;
                    let means = match feature {
                        Feature::Tag { tag } => format!("tag {tag}"),
                        Feature::Link { uri } => format!("link {uri}"),
                        Feature::Mention { did } => format!("mention {did}"),
                    };
                    (String::from_utf8(shown.to_vec()).unwrap(), means)
                })
                .collect()
        };
        let table: &[(&str, &[(&str, &str)])] = &[
            ("Nothing to mark", &[]),
            ("Reply #ConfirmKettle now", &[("#ConfirmKettle", "tag ConfirmKettle")]),
            (
                "🔥 für @shop.example.com: #Öl",
                &[("@shop.example.com", "mention did:plc:shop"), ("#Öl", "tag Öl")],
            ),
            (
                "https://shop.example.com/terms#now",
                &[("https://shop.example.com/terms#now", "link https://shop.example.com/terms#now")],
            ),
            ("see example.com", &[("example.com", "link https://example.com")]),
            ("@shop.example.com.", &[("@shop.example.com", "mention did:plc:shop")]),
            // A longer name is somebody else's; what looks like a host in it is a link.
            ("x@@shop.example.coms", &[]),
            (&format!("#{}", "a".repeat(65)), &[]),
        ];
        for (text, expected) in table {
            let expected: Vec<(String, String)> =
                expected.iter().map(|(shown, means)| ((*shown).to_owned(), (*means).to_owned())).collect();
            assert_eq!(marked(text), expected, "{text}");
        }
    }
}
