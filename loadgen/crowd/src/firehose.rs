//! A sample of a whole network's posts, as input for the prefilter.

use crate::bytes::{push, push_number};
use crate::ids::PostIds;
use crate::noise::Noise;
use crate::timestamp::push_timestamp;

/// NDJSON lines in the form of X's filtered stream with all optional fields: about 660 bytes each.
#[derive(Clone, Debug)]
pub struct Firehose {
    /// The lines.
    pub bytes: Vec<u8>,
    /// Number of posts.
    pub posts: u64,
    /// Number of posts that contain the wanted tag.
    pub tagged: u64,
}

impl Firehose {
    /// Generates at least `bytes` of noise. Of a thousand posts, `per_mille` end with the tag; they are
    /// evenly spread.
    pub fn new(noise: &Noise, tag: &str, per_mille: u64, bytes: usize, starts_ms: i64) -> Self {
        let mut ids = PostIds::snowflake(1);
        let mut firehose = Self { bytes: Vec::with_capacity(bytes + 2_048), posts: 0, tagged: 0 };
        while firehose.bytes.len() < bytes {
            let posted_at_ms = starts_ms.saturating_add_unsigned(firehose.posts / 10);
            let id = ids.next(posted_at_ms);
            let tagged = (firehose.posts * per_mille) % 1_000 < per_mille;
            let text = noise.text(id);
            if tagged {
                push_line(&mut firehose.bytes, id, &format!("{text} #{tag}"), posted_at_ms);
            } else {
                push_line(&mut firehose.bytes, id, text, posted_at_ms);
            }
            firehose.tagged += u64::from(tagged);
            firehose.posts += 1;
        }
        firehose
    }
}

/// Appends the line of a post. `text` must be escaped for JSON.
fn push_line(out: &mut Vec<u8>, id: u64, text: &str, posted_at_ms: i64) {
    let author = 2_244_000_000 + id % 1_000_003;
    push(out, r#"{"data":{"id":""#);
    push_number(out, id);
    push(out, r#"","text":""#);
    push(out, text);
    push(out, r#"","edit_history_tweet_ids":[""#);
    push_number(out, id);
    push(out, r#""],"author_id":""#);
    push_number(out, author);
    push(out, r#"","created_at":""#);
    push_timestamp(out, posted_at_ms);
    push(out, r#"","conversation_id":""#);
    push_number(out, id);
    push(
        out,
        r#"","lang":"en","possibly_sensitive":false,"reply_settings":"everyone","entities":{"hashtags":["#,
    );
    push_tags(out, text);
    push(out, r#"]}},"includes":{"users":[{"id":""#);
    push_number(out, author);
    push(out, r#"","username":"user_"#);
    push_number(out, author);
    push(out, r#"","name":"User "#);
    push_number(out, author);
    push(out, r#"","created_at":"2012-03-02T10:00:00.000Z","verified":false,"protected":false}]}"#);
    push(out, ",\"matching_rules\":[{\"id\":\"1795000000000000011\",\"tag\":\"sale\"}]}\n");
}

/// Appends the tags of a text in X's form.
fn push_tags(out: &mut Vec<u8>, text: &str) {
    let tag_end = |rest: &str| rest.find(|ch: char| !ch.is_alphanumeric() && ch != '_').unwrap_or(rest.len());
    for (rest, first) in text.split('#').skip(1).zip(std::iter::once(true).chain(std::iter::repeat(false))) {
        let tag = rest.get(..tag_end(rest)).unwrap_or_default();
        push(out, if first { r#"{"start":20,"end":31,"tag":""# } else { r#",{"start":20,"end":31,"tag":""# });
        push(out, tag);
        push(out, "\"}");
    }
}
