//! Reads the stream of posts on a thread of its own.

use tokio::sync::mpsc;

use crate::intake::stream::{Cursor, PostStream};

/// Chunks that wait for the engine; then the pipe waits.
const CHUNKS_WAITING: usize = 16;

/// Whole lines, with the cursor behind them.
pub(super) struct Chunk {
    pub(super) lines: Vec<u8>,
    pub(super) cursor: Option<Cursor>,
}

/// The chunks of the stream, and in front of them an empty one with the cursor where it begins.
pub(super) fn chunks(mut posts: Box<dyn PostStream + Send>) -> mpsc::Receiver<Chunk> {
    let (send, receive) = mpsc::channel(CHUNKS_WAITING);
    std::thread::spawn(move || {
        let mut lines = Vec::new();
        loop {
            let chunk = Chunk { lines, cursor: posts.cursor() };
            if send.blocking_send(chunk).is_err() {
                return;
            }
            lines = match posts.next_chunk() {
                Ok(Some(chunk)) => chunk.to_vec(),
                Ok(None) => return,
                // A pipe that breaks ends there: what it brought counts.
                Err(error) => {
                    tracing::warn!("the posts cannot be read on: {error}");
                    return;
                }
            };
        }
    });
    receive
}
