//! Messages that are compressed with a dictionary.

use ruzstd::decoding::{Dictionary, FrameDecoder};

/// Upper bound on a message, decompressed. A record is smaller than a megabyte.
const MESSAGE_BYTES_MAX: usize = 4 * 1024 * 1024;
/// Upper bound on the memory that a message may ask for.
const WINDOW_BYTES_MAX: u64 = 8 * 1024 * 1024;
/// Upper bound on a dictionary.
const DICTIONARY_BYTES_MAX: usize = 1024 * 1024;

/// Decompresses messages.
pub(super) struct Inflate {
    /// The number by which the host knows the dictionary.
    pub(super) dictionary: u32,
    decoder: FrameDecoder,
    /// The last message; its length stays, so that it is not cleared each time.
    message: Vec<u8>,
}

impl Inflate {
    /// Decompresses with that dictionary; `None` if it is none.
    pub(super) fn new(dictionary: &[u8]) -> Option<Self> {
        if dictionary.len() > DICTIONARY_BYTES_MAX {
            return None;
        }
        let dictionary = Dictionary::decode_dict(dictionary).ok().filter(|dictionary| dictionary.id > 0)?;
        let id = dictionary.id;
        let mut decoder = FrameDecoder::new();
        decoder.set_max_window_size(WINDOW_BYTES_MAX);
        decoder.add_dict(dictionary).ok()?;
        Some(Self { dictionary: id, decoder, message: vec![0; MESSAGE_BYTES_MAX] })
    }

    /// Decompresses a message; `None` if it is none, or too long.
    pub(super) fn inflate(&mut self, compressed: &[u8]) -> Option<&[u8]> {
        let length = self.decoder.decode_all(compressed, &mut self.message).ok()?;
        self.message.get(..length)
    }
}

impl std::fmt::Debug for Inflate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Inflate").field("dictionary", &self.dictionary).finish_non_exhaustive()
    }
}
