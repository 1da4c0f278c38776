//! Hostile input, in tables.
//!
//! Each row is sent to a real process over a real socket, and everything visible before and after is
//! compared: status and problem code (or outcome) are the row's; exactly the row's counters increase, each by
//! one; the state that the journal restores is the same to the bit, and so are the offers and the number of
//! records. [`snapshot`] compares, and these files have the tables:
//!
//! | file | what is wrong |
//! |---|---|
//! | [`requests`] | addresses, methods, headers, sizes, framing |
//! | [`slow`] | clients that send or read slowly, or not at all |
//! | [`tokens`] | tokens, other sites' pages |
//! | [`hosts`] | names that are not the server's |
//! | [`bodies`] | lines of posts and of transactions, links, stock changes |
//! | [`posts`] | valid posts that must not buy: other people's words, look-alike tags, wrong times |
//! | [`links`] | forged signed links |
//! | [`state`] | valid input that the server cannot take now |
//!
//! These kinds of input have no feature here and cannot be sent: signed webhooks of a network and its
//! challenge, TLS (a proxy's work), roles and tenants, `If-Match`, callback addresses, HTTP/2, compressed
//! bodies (refused as such), suspended accounts as messages, deliveries from another node. Offers come from a
//! file, whose faults are reported before anything is opened: `tests/config`. The answers of providers are
//! judged in `tests/outbox`; fsync errors, full and damaged disks in `tests/journal`, `tests/command` and
//! `tests/crash`.

mod bodies;
mod hosts;
mod links;
mod posts;
mod requests;
mod slow;
mod snapshot;
mod state;
mod tokens;
