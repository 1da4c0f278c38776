//! The stream of repositories of a relay or of a single server: signed commits, read without their signatures.

use compact_str::{CompactString, format_compact};

use super::commit_lines::append_lines;
use super::frame::Frame;
use super::position::{Kind, us};
use super::progress::Progress;
use super::source::{BlueskySource, Feed};
use crate::domain::time::Timestamp;
use crate::intake::stream::{Cursor, NotResumed};
use crate::net::{Opening, Request};

/// The stream of repositories (`com.atproto.sync.subscribeRepos`).
///
/// The time of a post is that of its arrival, and in a catch-up the time that its author's server claims, but never before
/// the interruption.
pub type Repos = BlueskySource<Commits>;

/// Its events: commits, each with the host's number.
#[derive(Debug)]
pub struct Commits;

impl Repos {
    /// Reads from the first of `hosts` that can be had, such as `wss://bsky.network`, from a cursor on, or from now on.
    ///
    /// # Errors
    /// When the cursor is of another kind of stream.
    pub fn new(hosts: Vec<CompactString>, after: Option<&Cursor>, seed: u64) -> Result<Self, NotResumed> {
        Self::resume(Commits, hosts, after, seed)
    }
}

/// The number behind which to read, if the host knows it.
fn resume_at(progress: &Progress) -> Option<u64> {
    let position = progress.resumes_behind().filter(|position| position.host == *progress.link.host())?;
    Some(position.seq).filter(|seq| *seq > 0)
}

fn take_error(name: &str, progress: &mut Progress, now: Timestamp) {
    // The host began to number anew, so nobody knows what it had in between.
    if name == "FutureCursor" {
        progress.begin_gap();
        progress.forget_numbers();
    }
    progress.link.fail(format_compact!("the host says {name}"), now);
}

/// Moves behind an event, and returns its time.
fn move_to(progress: &mut Progress, seq: u64, claimed: Option<&str>, now: Timestamp) -> Timestamp {
    let claimed = claimed.and_then(|time| time.parse().ok());
    let at = progress.link.believed(claimed, now);
    progress.link.note(claimed.unwrap_or(now), now);
    let position = progress.position_here(now);
    (position.seq, position.time_us) = (seq, us(at));
    progress.resume_here();
    progress.settle(now);
    progress.end_gap(at);
    at
}

impl Feed for Commits {
    const KIND: Kind = Kind::Repos;
    /// Late, because a host's numbers are its own, so that what was posted in between is lost at another one.
    const FAILURES_PER_HOST: u32 = 8;
    /// An event's time is its author's server's word.
    const FRESH_NEEDED: u32 = 16;

    fn opening(&self, progress: &Progress) -> Opening {
        let mut url = format!("{}/xrpc/com.atproto.sync.subscribeRepos", progress.link.host());
        if let Some(seq) = resume_at(progress) {
            url.push_str("?cursor=");
            url.push_str(itoa::Buffer::new().format(seq));
        }
        Opening::WebSocket(Request::get(url))
    }

    fn opened(&mut self, progress: &mut Progress, now: Timestamp) {
        let resumes = resume_at(progress).is_some();
        if !resumes {
            // At another host nothing of the interruption can be asked for.
            progress.lose_interruption(now);
        }
        progress.begin(resumes, now);
    }

    fn binary(&mut self, message: &[u8], progress: &mut Progress, now: Timestamp, lines: &mut Vec<u8>) {
        progress.link.heard(now);
        match Frame::read(message) {
            Some(Frame::Commit(commit)) => {
                let at = move_to(progress, commit.seq, Some(commit.time), now);
                progress.faults += append_lines(lines, &commit, us(at));
            }
            Some(Frame::Other(event)) => {
                if let Some(seq) = event.seq {
                    move_to(progress, seq, event.time, now);
                }
            }
            Some(Frame::Info(name)) if name == "OutdatedCursor" => progress.note_gap(),
            Some(Frame::Info(_)) => {}
            Some(Frame::Error(name)) => take_error(&name, progress, now),
            None => progress.faults += 1,
        }
    }
}
