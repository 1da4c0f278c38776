//! Which part of a list is wanted.

use super::problem::invalid;
use super::tweet::{Tweet, first_id};
use crate::call::Call;
use crate::exchange::Response;
use crate::time::parse_iso;

/// A page of a list that is ordered from the newest.
#[derive(Debug)]
pub(crate) struct Page {
    /// Above this id.
    since: u64,
    /// Below this id.
    until: u64,
    pub(crate) max_results: usize,
}

impl Page {
    /// Reads the parameters; `least` is the smallest page.
    pub(crate) fn read(call: &Call, least: u64) -> Result<Self, Response> {
        let id = |name: &str| match call.param(name).map(str::parse::<u64>) {
            None => Ok(None),
            Some(Ok(id)) => Ok(Some(id)),
            Some(Err(_)) => Err(invalid(&format!("{name} is not a number"))),
        };
        let time = |name: &str| match call.param(name).map(parse_iso) {
            None => Ok(None),
            Some(Some(ms)) => Ok(Some(first_id(ms))),
            Some(None) => Err(invalid(&format!("{name} is not a time"))),
        };
        let max_results = id("max_results")?.unwrap_or(10);
        if !(least..=100).contains(&max_results) {
            return Err(invalid(&format!("max_results {max_results} is not between {least} and 100")));
        }
        let token = call.param("pagination_token").or_else(|| call.param("next_token"));
        let below = match token.map(id_of) {
            None => None,
            Some(Some(id)) => Some(id),
            Some(None) => return Err(invalid("the pagination token is invalid")),
        };
        let since = id("since_id")?.max(time("start_time")?.map(|id| id.saturating_sub(1))).unwrap_or(0);
        let until =
            [id("until_id")?, time("end_time")?, below].into_iter().flatten().min().unwrap_or(u64::MAX);
        Ok(Self { since, until, max_results: usize::try_from(max_results).unwrap_or(10) })
    }

    pub(crate) const fn has(&self, tweet: &Tweet) -> bool {
        self.since < tweet.id && tweet.id < self.until
    }
}

/// The token of the page behind a post.
pub(crate) fn token_of(oldest: u64) -> String {
    format!("b26v89c19zqg8o3f{oldest:016x}")
}

fn id_of(token: &str) -> Option<u64> {
    u64::from_str_radix(token.strip_prefix("b26v89c19zqg8o3f")?, 16).ok()
}
