//! Pages of lists, newest first.

use crate::call::Call;
use crate::exchange::{Response, with_header};

/// Which part of a list is wanted.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Page {
    /// Below this id.
    pub(crate) max_id: Option<u64>,
    /// Above this id, the newest of them.
    pub(crate) since_id: Option<u64>,
    /// Above this id, the oldest of them.
    pub(crate) min_id: Option<u64>,
    pub(crate) limit: usize,
}

impl Page {
    pub(crate) fn read(call: &Call, usual: u64, most: u64) -> Self {
        let limit = call.number("limit").unwrap_or(usual).clamp(1, most);
        Self {
            max_id: call.number("max_id"),
            since_id: call.number("since_id"),
            min_id: call.number("min_id"),
            limit: usize::try_from(limit).unwrap_or(usize::MAX),
        }
    }

    /// Takes the page of a list whose ids ascend; the page descends.
    pub(crate) fn take<T>(&self, items: impl DoubleEndedIterator<Item = (u64, T)>) -> Vec<(u64, T)> {
        let is_in = |id: u64| {
            self.max_id.is_none_or(|max| id < max)
                && self.since_id.is_none_or(|since| id > since)
                && self.min_id.is_none_or(|min| id > min)
        };
        let items = items.filter(|(id, _)| is_in(*id));
        if self.min_id.is_none() {
            return items.rev().take(self.limit).collect();
        }
        let mut page: Vec<_> = items.take(self.limit).collect();
        page.reverse();
        page
    }
}

/// Adds the addresses of the neighbouring pages; an empty page has none.
pub(crate) fn linked<T>(response: Response, call: &Call, base_url: &str, page: &[(u64, T)]) -> Response {
    let (Some((newest, _)), Some((oldest, _))) = (page.first(), page.last()) else { return response };
    let kept: Vec<String> = call
        .query
        .iter()
        .filter(|(name, _)| !["max_id", "since_id", "min_id", "access_token"].contains(&name.as_str()))
        .map(|(name, value)| format!("{}={}", encode(name), encode(value)))
        .collect();
    let address = |more: String| {
        let query = kept.iter().cloned().chain([more]).collect::<Vec<_>>().join("&");
        format!("{base_url}{}?{query}", call.path)
    };
    let (next, previous) = (address(format!("max_id={oldest}")), address(format!("min_id={newest}")));
    with_header(response, "link", &format!("<{next}>; rel=\"next\", <{previous}>; rel=\"prev\""))
}

fn encode(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_taken_from_either_end() {
        let table = [
            (None, None, None, 2, vec![9, 8]),
            (Some(8), None, None, 2, vec![7, 6]),
            (None, Some(5), None, 2, vec![9, 8]),
            (None, None, Some(5), 2, vec![7, 6]),
            (None, None, Some(8), 5, vec![9]),
            (Some(3), None, Some(9), 5, vec![]),
        ];
        for (max_id, since_id, min_id, limit, expected) in table {
            let page = Page { max_id, since_id, min_id, limit };
            let taken = page.take((1..=9).map(|id| (id, ())));
            assert_eq!(taken.into_iter().map(|(id, ())| id).collect::<Vec<_>>(), expected, "{page:?}");
        }
    }
}
