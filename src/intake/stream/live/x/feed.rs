//! In what X's streams differ.

use super::catch_up::Target;
use super::trouble::Trouble;
use crate::domain::time::{Millis, Timestamp};
use crate::net::{Answer, Request};
use crate::networks::x::Api;
use crate::networks::x::price::MicroUsd;

/// One of X's streams: how it is set up and opened, and where its past is read.
pub trait Feed: Send {
    /// The API.
    fn api(&self) -> &Api;

    /// How long a post may take to show, on the stream and in pages.
    fn margin(&self) -> Millis;

    /// The next request before the stream delivers everything; `None` when it is set up.
    fn setup(&self) -> Option<Request>;

    /// Takes the answer to that request.
    ///
    /// # Errors
    /// When the stream cannot be set up so.
    fn set_up(&mut self, answer: &Answer, now: Timestamp) -> Result<(), Trouble>;

    /// Sets the stream up from the beginning.
    fn restart_setup(&mut self);

    /// Whether the last setup changed something, which takes a while to act. Told once.
    fn take_changed(&mut self) -> bool;

    /// Whether there is anything to read.
    fn is_wanted(&self) -> bool;

    /// The request that opens the stream.
    fn opening(&self) -> Request;

    /// Where its past is read.
    fn targets(&self) -> Vec<Target>;

    /// How far back its past is kept.
    fn kept_for(&self) -> Option<Millis>;

    /// Whether pages must be read even while the stream is open, because it does not deliver everything.
    fn is_partial(&self) -> bool;

    /// The price of a post on the stream.
    fn stream_price(&self) -> MicroUsd;

    /// The price of a post in a page.
    fn page_price(&self) -> MicroUsd;

    /// Takes the tags of the catalog.
    fn set_tags(&mut self, _tags: &[String]) {}
}
