//! A server with Mastodon's interface as a town.

use super::rest::Rest;
use super::town::{OwnPost, PEOPLE, Town};

/// A server whose people act by its plain requests.
pub(crate) trait RestServer {
    /// The shop's name there.
    const SHOP: &'static str;

    /// What stands before a name in the address of an account.
    const BEFORE_NAME: &'static str;

    /// Whether the server posts once what is posted twice under one key.
    const HAS_KEYS: bool = true;

    /// Whether the server tells of posts as they are made.
    const HAS_STREAMS: bool = true;

    /// Where the form of the page is sent on which people sign in.
    const FORM: &'static str;

    /// The server, with the tokens of the shop and of all people.
    fn rest(&self) -> &Rest;

    /// What somebody with that name fills in on the page on which people sign in.
    fn filled_in(&self, name: &str) -> Vec<(String, String)>;

    /// The number of tokens that are out, where the server tells it.
    fn tokens_out(&self) -> Option<usize> {
        None
    }
}

/// The name of a person, where names have no hyphens.
pub(crate) fn username(who: &str) -> String {
    who.replace('-', "_")
}

/// The names of all people and of the shop.
pub(super) fn usernames(shop: &str) -> impl Iterator<Item = String> {
    PEOPLE.iter().map(|who| username(who)).chain([shop.to_owned()])
}

impl<S: RestServer> Town for S {
    const KIND: &'static str = "mastodon";
    const HAS_KEYS: bool = <S as RestServer>::HAS_KEYS;
    const HAS_STREAMS: bool = <S as RestServer>::HAS_STREAMS;

    fn base(&self) -> String {
        self.rest().base.clone()
    }

    fn keys(&self) -> String {
        format!("host = \"{}\"\ntoken_file = \"secret\"\nread = \"notifications by events\"\n", self.base())
    }

    fn own(&self) -> String {
        self.author_id(S::SHOP)
    }

    fn mention(&self) -> String {
        format!("@{}", S::SHOP)
    }

    fn secret(&self) -> String {
        self.rest().token(S::SHOP)
    }

    fn author_id(&self, who: &str) -> String {
        format!("{}{}{}", self.base(), S::BEFORE_NAME, username(who))
    }

    fn post(&self, who: &str, text: &str, reply_to: Option<&str>) -> String {
        self.rest().post(&username(who), text, reply_to)
    }

    fn repost(&self, who: &str, post: &str) -> String {
        self.rest().repost(&username(who), post)
    }

    fn delete(&self, who: &str, post: &str) -> bool {
        self.rest().delete(&username(who), post)
    }

    fn own_posts(&self) -> Vec<OwnPost> {
        self.rest().posts_of(S::SHOP)
    }
}
