//! What a request asks to be shown.

use crate::call::Call;

/// The fields that a request asks for, beside those that are always there.
#[derive(Debug, Clone, Default)]
pub(crate) struct Fields {
    pub(crate) tweet: Vec<String>,
    pub(crate) user: Vec<String>,
    pub(crate) expansions: Vec<String>,
}

impl Fields {
    pub(crate) fn read(call: &Call) -> Self {
        let list = |name: &str| -> Vec<String> {
            let value = call.param(name).unwrap_or_default();
            value.split(',').filter(|field| !field.is_empty()).map(str::to_owned).collect()
        };
        // The fields of a post have an old name and a new one.
        let tweet: Vec<String> = [list("tweet.fields"), list("post.fields")].concat();
        Self { tweet, user: list("user.fields"), expansions: list("expansions") }
    }
}
