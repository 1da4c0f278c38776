//! The lines of a commit: posts and reposts, as Jetstream prints them.

use super::car::Blocks;
use super::dag_json::{append_json, append_string};
use super::frame::{Commit, Op};
use crate::intake::line_bound::LINE_BYTES_MAX;
use crate::networks::bluesky::{POSTS, REPOSTS};

/// Appends the lines of a commit whose time is `time_us`; returns how many of its posts cannot be read.
pub(super) fn append_lines(lines: &mut Vec<u8>, commit: &Commit<'_>, time_us: u64) -> u64 {
    let relevant = || commit.ops.iter().filter_map(|op| Some((op, collection(op)?)));
    let has_records = relevant().any(|(op, _)| op.action != "delete");
    if relevant().next().is_none() {
        // Nothing was said of the ops of a commit that is too long.
        return u64::from(commit.too_big);
    }
    // Most commits are of other records, and their blocks are not looked at.
    let blocks = if has_records { Blocks::read(commit.blocks) } else { Some(Blocks::default()) };
    let blocks = blocks.unwrap_or_default();
    let mut faults = 0;
    for (op, collection) in relevant() {
        let before = lines.len();
        let is_written = append_line(lines, commit, op, collection, &blocks, time_us);
        if is_written.is_none() || lines.len() - before > LINE_BYTES_MAX {
            lines.truncate(before);
            faults += 1;
        }
    }
    faults
}

/// The collection of a change that matters.
fn collection(op: &Op<'_>) -> Option<&'static str> {
    let (collection, _) = op.path.split_once('/')?;
    let known = [POSTS, REPOSTS].into_iter().find(|known| *known == collection);
    known.filter(|_| matches!(op.action, "create" | "update" | "delete"))
}

fn append_line(
    lines: &mut Vec<u8>,
    commit: &Commit<'_>,
    op: &Op<'_>,
    collection: &str,
    blocks: &Blocks<'_>,
    time_us: u64,
) -> Option<()> {
    let (_, rkey) = op.path.split_once('/')?;
    lines.extend_from_slice(b"{\"did\":");
    append_string(lines, commit.repo);
    lines.extend_from_slice(b",\"time_us\":");
    lines.extend_from_slice(itoa::Buffer::new().format(time_us).as_bytes());
    lines.extend_from_slice(b",\"kind\":\"commit\",\"commit\":{\"rev\":");
    append_string(lines, commit.rev);
    lines.extend_from_slice(b",\"operation\":");
    append_string(lines, op.action);
    lines.extend_from_slice(b",\"collection\":");
    append_string(lines, collection);
    lines.extend_from_slice(b",\"rkey\":");
    append_string(lines, rkey);
    if op.action != "delete" {
        let cid = op.cid.as_ref()?;
        let block = blocks.record(cid)?;
        lines.extend_from_slice(b",\"record\":");
        if !append_json(lines, block) {
            return None;
        }
        lines.extend_from_slice(format!(",\"cid\":\"{cid}\"").as_bytes());
    }
    lines.extend_from_slice(b"}}\n");
    Some(())
}
