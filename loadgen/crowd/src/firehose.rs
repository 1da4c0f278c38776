//! A stretch of a whole network's posts, to sift.

use crate::ids::PostIds;
use crate::line::{push, push_number};
use crate::noise::Noise;
use crate::stamp::push_stamp;

/// NDJSON lines in the form of X's filtered stream, with everything in them that may be asked for: some 660 bytes each.
#[derive(Clone, Debug)]
pub struct Firehose {
    /// The lines.
    pub bytes: Vec<u8>,
    /// How many there are.
    pub posts: u64,
    /// How many of them have the wanted tag.
    pub tagged: u64,
}

impl Firehose {
    /// At least so many bytes of noise, where of a thousand posts `per_mille` end with the tag. They are evenly spread.
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

/// Appends the line of a post with that text, which is escaped already.
fn push_line(out: &mut Vec<u8>, id: u64, text: &str, posted_at_ms: i64) {
    let author = 2_244_000_000 + id % 1_000_003;
    let mut stamp = Vec::new();
    push_stamp(&mut stamp, posted_at_ms);
    push(out, r#"{"data":{"id":""#);
    push_number(out, id);
    push(out, r#"","text":""#);
    push(out, text);
    push(out, r#"","edit_history_tweet_ids":[""#);
    push_number(out, id);
    push(out, r#""],"author_id":""#);
    push_number(out, author);
    push(out, r#"","created_at":""#);
    out.extend_from_slice(&stamp);
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

/// Appends the tags of a text as X lists them.
fn push_tags(out: &mut Vec<u8>, text: &str) {
    let named = |rest: &str| rest.find(|ch: char| !ch.is_alphanumeric() && ch != '_').unwrap_or(rest.len());
    for (rest, first) in text.split('#').skip(1).zip(std::iter::once(true).chain(std::iter::repeat(false))) {
        let tag = rest.get(..named(rest)).unwrap_or_default();
        push(out, if first { r#"{"start":20,"end":31,"tag":""# } else { r#",{"start":20,"end":31,"tag":""# });
        push(out, tag);
        push(out, "\"}");
    }
}
