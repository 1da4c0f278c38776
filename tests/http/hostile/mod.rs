//! Hostile input: what must happen to it, in tables.
//!
//! Each row is sent to a real process over a real socket, and everything that can be seen before and after
//! is compared: the status and the problem's code (or the outcome) are the row's; the counters that moved
//! are the row's, each by one, and no other did; the state that the journal brings back is the same to the
//! bit, and so are the offers and the number of records. [`seen`] looks, the tables are in
//!
//! | file | what is wrong |
//! |---|---|
//! | [`requests`] | addresses, methods, headers, sizes, framing |
//! | [`slow`] | clients that take their time, or nothing |
//! | [`doors`] | tokens, other sites' pages |
//! | [`bodies`] | lines of posts, of transactions, links, changes of stock |
//! | [`people`] | whole posts that must not get in: other people's words, tags that only look right, wrong times |
//! | [`links`] | signed links that somebody made up |
//! | [`state`] | nothing is wrong with the input: the server cannot take it now |
//!
//! Kinds of input that have no feature here, so that nothing can be sent: signed webhooks of a network and
//! its challenge, TLS (a proxy's work), roles and tenants, `If-Match`, callback addresses, HTTP/2, compressed
//! bodies (refused as such), suspended accounts as messages, deliveries from another node. Offers come from a
//! file, whose faults are told before anything is opened: `tests/config`. What providers answer is judged in
//! `tests/outbox`; fsync errors, full and damaged disks in `tests/journal`, `tests/command` and `tests/crash`.

mod bodies;
mod doors;
mod links;
mod people;
mod requests;
mod seen;
mod slow;
mod state;
