//! X's streams: what is posted to the shop, and by an option every post with the tags of the catalog.
//!
//! X's streams do not resume. So the stream is opened first, and then what was posted before is read by requests for
//! pages; posts that come on both ways are delivered twice. Pages lag behind by some seconds, so they are read once more
//! after a while, and the cursor stays before what they may not have shown yet.

mod activity;
mod backoff;
mod catch_up;
mod connection;
mod feed;
mod filtered;
mod line;
mod page;
mod progress;
mod rules;
mod source;
mod trouble;

pub use activity::{Activity, ActivityOptions};
pub use catch_up::Target;
pub use feed::Feed;
pub use filtered::{Filtered, FilteredOptions};
pub use rules::{RULE_CHARS_MAX, rules_of};
pub use source::XSource;
pub use trouble::Trouble;
