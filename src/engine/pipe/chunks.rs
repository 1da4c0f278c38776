//! Reads the stream of posts on a thread of its own.

use std::io;

use tokio::sync::mpsc;

use crate::intake::not_lines::NotLines;
use crate::intake::stream::{Cursor, PostStream};

/// Upper bound on chunks that wait for the engine; after that, reading waits.
const CHUNKS_WAITING: usize = 16;

/// Whole lines, with the cursor behind them.
pub(super) struct Chunk {
    pub(super) lines: Vec<u8>,
    pub(super) cursor: Option<Cursor>,
}

/// Returns the chunks of the stream, preceded by an empty one with the cursor of the stream's start.
pub(super) fn chunks(mut posts: Box<dyn PostStream + Send>) -> mpsc::Receiver<io::Result<Chunk>> {
    let (send, receive) = mpsc::channel(CHUNKS_WAITING);
    std::thread::spawn(move || {
        let mut lines = Vec::new();
        loop {
            let chunk = Chunk { lines, cursor: posts.cursor() };
            if send.blocking_send(Ok(chunk)).is_err() {
                return;
            }
            lines = match posts.next_chunk() {
                Ok(Some(chunk)) => chunk.to_vec(),
                Ok(None) => return,
                Err(error) if NotLines::explains(&error) => {
                    drop(send.blocking_send(Err(error)));
                    return;
                }
                // A read error ends the stream: what was read before counts.
                Err(error) => {
                    tracing::warn!("the posts cannot be read on: {error}");
                    return;
                }
            };
        }
    });
    receive
}
