//! Sifting: which lines may matter, told without parsing them.
//!
//! Exact in the safe direction: what is left out can concern no offer. A tag needs a hash sign, which
//! stands in the line as itself or as a `\u` escape; reposts and deletions may matter without one.

use memchr::{memchr, memmem};

use super::format::Format;

/// The full-width hash sign in UTF-8.
const FULL_WIDTH_HASH: &[u8] = "＃".as_bytes();

/// Whether the line may hold a post that concerns an offer, or is no JSON object and should be named.
#[must_use]
pub fn may_matter(format: Format, line: &[u8]) -> bool {
    let object = line.first() == Some(&b'{') && line.last() == Some(&b'}');
    let holds = |what: &[u8]| memmem::find(line, what).is_some();
    !object
        || memchr(b'#', line).is_some()
        || memmem::find(line, b"\\u").is_some()
        || holds(FULL_WIDTH_HASH)
        || match format {
            Format::Flashtag => {
                (holds(b"repost_of") && !holds(b"\"repost_of\":null"))
                    || (holds(b"deleted") && holds(b"true"))
            }
            Format::X => false,
            Format::Bluesky => holds(b"app.bsky.feed.repost") || holds(b"\"delete\""),
            Format::Mastodon => holds(b"reblog\"") && !holds(b"\"reblog\":null"),
        }
}
