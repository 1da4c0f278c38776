//! X's filtered stream: every public post with a tag of the catalog.

use compact_str::CompactString;
use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};

use super::catch_up::Target;
use super::feed::Feed;
use super::rules::{QUERY_CHARS_MAX, RULE_CHARS_MAX, rules_of};
use super::trouble::Trouble;
use crate::domain::time::{Millis, Timestamp};
use crate::net::{Answer, Request};
use crate::networks::x::price::{MicroUsd, READ};
use crate::networks::x::{Api, POST_FIELDS, Problem};

/// The path of the rules.
const RULES: &str = "/2/tweets/search/stream/rules";

/// How long a post may take to show: 7 seconds for 99 of 100.
const MARGIN: Millis = Millis::from_secs(60);

/// X's recent search reaches back seven days.
const SEARCHED: Millis = Millis::from_secs(7 * 86_400 - 60);

/// What is read by tags.
#[derive(Debug, Clone)]
pub struct FilteredOptions {
    /// The API.
    pub api: Api,
    /// The name of the shop's account, where only posts that mention it count.
    pub mentioning: Option<String>,
    /// Marks the rules that are ours; others are left alone.
    pub rule_tag: String,
}

/// The posts with tags of the catalog.
#[derive(Debug)]
pub struct Filtered {
    options: FilteredOptions,
    tags: Vec<String>,
    rules: Vec<String>,
    setup: Setup,
    has_changed: bool,
}

#[derive(Debug)]
enum Setup {
    /// The rules are to be listed.
    List,
    /// Rules are to be added, and then others deleted, so that no tag is without a rule meanwhile.
    Add { add: Vec<String>, delete: Vec<CompactString> },
    /// Rules are to be deleted.
    Delete(Vec<CompactString>),
    /// The rules are those of the tags.
    Done,
}

/// A list without rules has `meta` alone; what has neither is no list.
#[derive(Deserialize)]
struct Listed {
    #[serde(default)]
    data: Vec<Rule>,
    #[serde(rename = "meta")]
    _meta: IgnoredAny,
}

#[derive(Deserialize)]
struct Rule {
    id: CompactString,
    value: String,
    #[serde(default)]
    tag: String,
}

#[derive(Serialize)]
struct Add<'a> {
    add: Vec<NewRule<'a>>,
}

#[derive(Serialize)]
struct NewRule<'a> {
    value: &'a str,
    tag: &'a str,
}

#[derive(Serialize)]
struct Delete<'a> {
    delete: Ids<'a>,
}

#[derive(Serialize)]
struct Ids<'a> {
    ids: &'a [CompactString],
}

#[derive(Deserialize)]
struct Added {
    #[serde(default)]
    errors: Vec<Problem>,
}

impl Filtered {
    /// Reads by tags, which come later.
    #[must_use]
    pub const fn new(options: FilteredOptions) -> Self {
        Self { options, tags: Vec::new(), rules: Vec::new(), setup: Setup::List, has_changed: false }
    }

    /// What must change so that our rules among the listed ones are those of the tags.
    fn change(&self, listed: Vec<Rule>) -> Setup {
        let own: Vec<Rule> = listed.into_iter().filter(|rule| rule.tag == self.options.rule_tag).collect();
        let is_there = |value: &String| own.iter().any(|rule| rule.value == *value);
        let add: Vec<String> = self.rules.iter().filter(|rule| !is_there(rule)).cloned().collect();
        let old = own.iter().filter(|rule| !self.rules.contains(&rule.value));
        let delete: Vec<CompactString> = old.map(|rule| rule.id.clone()).collect();
        if add.is_empty() { Self::then_delete(delete) } else { Setup::Add { add, delete } }
    }

    fn then_delete(delete: Vec<CompactString>) -> Setup {
        if delete.is_empty() { Setup::Done } else { Setup::Delete(delete) }
    }

    /// Whether X took every rule; one that is there already counts. An answer that cannot be read says that of none.
    fn check_added(answer: &Answer) -> Result<(), Trouble> {
        let Added { errors } =
            answer.json().map_err(|_| Trouble::Server("X's answer to the rules cannot be read".into()))?;
        match errors.iter().find(|problem| !problem.is_duplicate()) {
            Some(problem) => Err(Trouble::Server(problem.words(answer.status))),
            None => Ok(()),
        }
    }
}

impl Feed for Filtered {
    fn api(&self) -> &Api {
        &self.options.api
    }

    fn margin(&self) -> Millis {
        MARGIN
    }

    fn setup(&self) -> Option<Request> {
        let url = self.options.api.at(RULES);
        let tag = self.options.rule_tag.as_str();
        let request = match &self.setup {
            Setup::List => Request::get(url),
            Setup::Add { add, .. } => {
                let add = add.iter().map(|value| NewRule { value, tag }).collect();
                Request::post_json(url, &Add { add })
            }
            Setup::Delete(ids) => Request::post_json(url, &Delete { delete: Ids { ids } }),
            Setup::Done => return None,
        };
        Some(request.signed())
    }

    fn set_up(&mut self, answer: &Answer, now: Timestamp) -> Result<(), Trouble> {
        if !answer.is_success() {
            return Err(Trouble::of_answer(answer, now));
        }
        self.setup = match &mut self.setup {
            Setup::List => {
                let listed: Listed =
                    answer.json().map_err(|_| Trouble::Server("X's rules cannot be read".into()))?;
                self.change(listed.data)
            }
            Setup::Add { delete, .. } => {
                Self::check_added(answer)?;
                self.has_changed = true;
                Self::then_delete(std::mem::take(delete))
            }
            Setup::Delete(_) | Setup::Done => Setup::Done,
        };
        Ok(())
    }

    fn restart_setup(&mut self) {
        self.setup = Setup::List;
    }

    fn take_changed(&mut self) -> bool {
        std::mem::take(&mut self.has_changed)
    }

    fn is_wanted(&self) -> bool {
        !self.rules.is_empty()
    }

    fn opening(&self) -> Request {
        Request::get(self.options.api.asking("/2/tweets/search/stream", POST_FIELDS)).signed()
    }

    fn targets(&self) -> Vec<Target> {
        let queries = rules_of(&self.tags, self.options.mentioning.as_deref(), QUERY_CHARS_MAX);
        let target = |query| Target {
            path: "/2/tweets/search/recent".to_owned(),
            query: vec![("query", query)],
            token: "next_token",
            shown_most: None,
        };
        queries.into_iter().map(target).collect()
    }

    fn kept_for(&self) -> Option<Millis> {
        Some(SEARCHED)
    }

    fn is_partial(&self) -> bool {
        false
    }

    fn stream_price(&self) -> MicroUsd {
        READ
    }

    fn page_price(&self) -> MicroUsd {
        READ
    }

    fn set_tags(&mut self, tags: &[String]) {
        let rules = rules_of(tags, self.options.mentioning.as_deref(), RULE_CHARS_MAX);
        if rules != self.rules {
            self.tags = tags.to_vec();
            self.rules = rules;
            self.setup = Setup::List;
        }
    }
}
