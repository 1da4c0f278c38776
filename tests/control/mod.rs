//! The control journal: links and the status of accounts, and the exchange with the partitions at a start.

mod exchange;
mod journal;
mod laws;
mod mode_file;
mod old_links;
mod sold;

use flashtag::domain::id::{Account, Network, PostId};
use flashtag::domain::status_word::{StatusKind, StatusWord};
use flashtag::domain::time::Timestamp;

const START_MS: i64 = 1_360_774_800_000;

fn second(second: i64) -> Timestamp {
    Timestamp::from_ms(START_MS + second * 1000)
}

fn account(no: u32) -> Account {
    Account::parse(Network::X, &no.to_string()).unwrap()
}

/// The word of a post that has that number and was published in that second.
fn word(account_no: u32, kind: StatusKind, stops: bool, at: i64, post: u32) -> StatusWord {
    StatusWord {
        account: account(account_no),
        kind,
        stops,
        posted_at: second(at),
        post: Some(PostId::parse(Network::X, &post.to_string()).unwrap()),
        undid: None,
    }
}

fn freeze(account_no: u32, at: i64, post: u32) -> StatusWord {
    word(account_no, StatusKind::Buying, true, at, post)
}

fn stop(account_no: u32, at: i64, post: u32) -> StatusWord {
    word(account_no, StatusKind::Replies, true, at, post)
}

fn start(account_no: u32, at: i64, post: u32) -> StatusWord {
    word(account_no, StatusKind::Replies, false, at, post)
}

/// The linking page unfreezes the account after that freeze.
fn unfreeze(freeze: &StatusWord, at: i64) -> StatusWord {
    StatusWord {
        stops: false,
        posted_at: second(at),
        post: None,
        undid: freeze.post.clone(),
        ..freeze.clone()
    }
}
