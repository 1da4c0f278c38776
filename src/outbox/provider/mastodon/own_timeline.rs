//! A look at the account's own statuses: whether one of them is what an earlier attempt may have posted.

use serde::Deserialize;

use super::account::Account;
use crate::domain::time::{Millis, Timestamp};
use crate::intake::format::shown_text;
use crate::net::{Answer, NotJson, Request};
use crate::text::likeness::has_same_letters;

/// Statuses of a page; servers give no more.
const PAGE: usize = 40;
/// Pages that are read at most: what an account may post in more than two hours, by a server's default limit.
const PAGES_MAX: usize = 6;
/// How far the server's clock may be behind.
const CLOCKS_APART: Millis = Millis::from_secs(600);

/// What is looked for.
#[derive(Debug)]
pub(super) struct OwnTimeline<'a> {
    /// The account's id at its server.
    pub(super) account_id: String,
    /// The text, without the name of a recipient before it; `None` for the reply to a refused post, which gets one: when it
    /// is heard again after a restart, the reason may be another one.
    pub(super) text: Option<&'a str>,
    /// The id of the status that it answers.
    pub(super) in_reply_to: Option<String>,
    /// Nothing before is it.
    pub(super) since: Timestamp,
    /// Pages read.
    pub(super) pages: usize,
}

/// What a page showed.
pub(super) enum Look {
    /// The status, by its id.
    Found(String),
    /// Nothing, and another page may show it.
    On(Request),
    /// Nothing.
    Over,
}

#[derive(Deserialize)]
struct Own {
    id: String,
    created_at: String,
    in_reply_to_id: Option<String>,
    #[serde(default)]
    content: String,
}

impl OwnTimeline<'_> {
    /// The request for the newest page.
    pub(super) fn first_page(&self, account: &Account) -> Request {
        self.page(account, None)
    }

    fn page(&self, account: &Account, before: Option<&str>) -> Request {
        let id = &self.account_id;
        let before = before.map(|before| format!("&max_id={before}")).unwrap_or_default();
        let path = format!("/api/v1/accounts/{id}/statuses?exclude_reblogs=true&limit={PAGE}{before}");
        Request::get(account.server.at(&path)).signed()
    }

    /// Reads a page; the newest status stands first.
    ///
    /// # Errors
    /// When the page cannot be read.
    pub(super) fn read(&mut self, account: &Account, answer: &Answer) -> Result<Look, NotJson> {
        self.pages += 1;
        let page: Vec<Own> = answer.json()?;
        if let Some(found) = page.iter().find(|own| self.is_it(own)) {
            return Ok(Look::Found(found.id.clone()));
        }
        let Some(last) = page.last() else { return Ok(Look::Over) };
        let before = last.created_at.parse().is_ok_and(|at: Timestamp| at.plus(CLOCKS_APART) < self.since);
        match before || self.pages >= PAGES_MAX {
            true => Ok(Look::Over),
            false => Ok(Look::On(self.page(account, Some(&last.id)))),
        }
    }

    /// The server shows the text as HTML, with addresses as links: letters and digits are compared.
    fn is_it(&self, own: &Own) -> bool {
        if own.in_reply_to_id != self.in_reply_to {
            return false;
        }
        let Some(text) = self.text else { return true };
        let shown = shown_text(&own.content);
        // A reply begins with the name of its recipient.
        let named = shown.trim_start().strip_prefix('@');
        let unnamed = named.and_then(|named| named.split_once(char::is_whitespace)).map(|(_, text)| text);
        [Some(shown.as_str()), unnamed].into_iter().flatten().any(|shown| has_same_letters(text, shown))
    }
}
