//! Records of posts: what is accepted, and what a person's client writes.

use serde_json::{Value, json};
use unicode_segmentation::UnicodeSegmentation;

use crate::exchange::at;
use crate::richtext::{Kind, parts};
use crate::time::{iso_ms, parse_iso};

/// The collection of posts.
pub(crate) const POST: &str = "app.bsky.feed.post";
/// The collection of reposts.
pub(crate) const REPOST: &str = "app.bsky.feed.repost";

/// Why a record is refused; `Ok` says whether its form is known here.
pub(crate) fn check(collection: &str, record: &Value) -> Result<bool, String> {
    let refuse = |why: &str| Err(format!("Invalid {collection} record: {why}"));
    if !record.is_object() {
        return refuse("Record must be an object");
    }
    match at(record, "/$type").as_str() {
        Some(kind) if kind == collection => {}
        Some(kind) => return Err(format!("Invalid $type: expected {collection}, got {kind}")),
        None => return refuse("Record must have the property \"$type\""),
    }
    if collection != POST && collection != REPOST {
        return Ok(false);
    }
    if at(record, "/createdAt").as_str().and_then(parse_iso).is_none() {
        return refuse("Record must have the property \"createdAt\"");
    }
    if collection == REPOST {
        let is_whole = at(record, "/subject/uri").is_string() && at(record, "/subject/cid").is_string();
        return if is_whole { Ok(true) } else { refuse("Record must have the property \"subject\"") };
    }
    let Some(text) = at(record, "/text").as_str() else {
        return refuse("Record must have the property \"text\"");
    };
    if text.len() > 3000 {
        return refuse("Record/text must not be longer than 3000 characters");
    }
    if text.graphemes(true).count() > 300 {
        return refuse("Record/text must not be longer than 300 graphemes");
    }
    let references = [at(record, "/reply/root"), at(record, "/reply/parent")];
    let is_whole =
        |reference: &&Value| at(reference, "/uri").is_string() && at(reference, "/cid").is_string();
    if !at(record, "/reply").is_null() && !references.iter().all(is_whole) {
        return refuse("Record/reply must have the properties \"root\" and \"parent\"");
    }
    Ok(true)
}

/// A post as a person's client writes it. `did_of` resolves a handle.
pub(crate) fn post(
    text: &str,
    reply: Option<Value>,
    now_ms: i64,
    did_of: impl Fn(&str) -> Option<String>,
) -> Value {
    let mut record = json!({"$type": POST, "text": text, "createdAt": iso_ms(now_ms), "langs": ["en"]});
    let facets: Vec<Value> = parts(text)
        .into_iter()
        .filter_map(|part| {
            let feature = match part.kind {
                Kind::Tag(tag) => json!({"$type": "app.bsky.richtext.facet#tag", "tag": tag}),
                Kind::Mention(name) => {
                    json!({"$type": "app.bsky.richtext.facet#mention", "did": did_of(&name)?})
                }
                Kind::Link(uri) => json!({"$type": "app.bsky.richtext.facet#link", "uri": uri}),
            };
            let index = json!({"byteStart": part.start, "byteEnd": part.end});
            Some(json!({"$type": "app.bsky.richtext.facet", "index": index, "features": [feature]}))
        })
        .collect();
    if let Some(fields) = record.as_object_mut() {
        if !facets.is_empty() {
            fields.insert("facets".to_owned(), facets.into());
        }
        if let Some(reply) = reply {
            fields.insert("reply".to_owned(), reply);
        }
    }
    record
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_refused() {
        let post = |text: &str| json!({"$type": POST, "text": text, "createdAt": "2026-11-30T15:00:00.000Z"});
        let (family, long) = ("👩‍👩‍👧".repeat(170), "x".repeat(301));
        let table = [
            (post("#BuyKettle"), None),
            (post(&"é".repeat(300)), None),
            (post(&long), Some("300 graphemes")),
            (post(&family), Some("3000 characters")),
            (json!({"$type": POST, "text": "x"}), Some("createdAt")),
            (json!({"$type": POST, "createdAt": "2026-11-30T15:00:00Z"}), Some("\"text\"")),
            (json!({"$type": REPOST, "text": "x"}), Some("Invalid $type")),
            (json!("x"), Some("an object")),
        ];
        for (record, expected) in table {
            let refused = check(POST, &record).err();
            assert_eq!(refused.is_some(), expected.is_some(), "{record} {refused:?}");
            assert!(refused.unwrap_or_default().contains(expected.unwrap_or_default()), "{record}");
        }
        assert_eq!(check("org.example.thing", &json!({"$type": "org.example.thing"})), Ok(false));
    }

    #[test]
    fn a_persons_post_has_facets_in_bytes() {
        let resolve = |handle: &str| (handle == "shop.example").then(|| "did:plc:shop".to_owned());
        let record = post("🔥 @shop.example @nobody.example #Buy", None, 0, resolve);
        let places: Vec<_> =
            record["facets"].as_array().unwrap().iter().map(|facet| &facet["index"]).collect();
        assert_eq!(
            places,
            [&json!({"byteStart": 5, "byteEnd": 18}), &json!({"byteStart": 35, "byteEnd": 39})]
        );
        assert_eq!(record["facets"][0]["features"][0]["did"], "did:plc:shop");
        assert_eq!(record["facets"][1]["features"][0]["tag"], "Buy");
    }
}
