//! Frames as bytes of a connection.

use crate::network::Frame;

const TEXT: u8 = 1;
const BINARY: u8 = 2;
const CLOSE: u8 = 8;
const PING: u8 = 9;
const PONG: u8 = 10;

/// Bytes to be sent, and what follows them.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Written {
    pub(crate) bytes: Vec<u8>,
    pub(crate) then: Then,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Then {
    GoOn,
    /// The connection ends in order.
    End,
    /// The connection breaks.
    Break,
}

/// Writes a frame, on a WebSocket or in an endless answer.
pub(crate) fn write(frame: &Frame, is_socket: bool) -> Written {
    let go_on = |bytes| Written { bytes, then: Then::GoOn };
    match frame {
        Frame::Text(text) if is_socket => go_on(message(TEXT, text.as_bytes())),
        Frame::Binary(bytes) if is_socket => go_on(message(BINARY, bytes)),
        Frame::Ping if is_socket => go_on(message(PING, b"")),
        Frame::Ping => go_on(Vec::new()),
        Frame::Text(text) => go_on(text.clone().into_bytes()),
        Frame::Binary(bytes) | Frame::Chunk(bytes) => go_on(bytes.clone()),
        Frame::Close(code, reason) => {
            let bytes = if is_socket { close(*code, reason) } else { Vec::new() };
            Written { bytes, then: Then::End }
        }
        Frame::Cut(frame) => {
            let mut bytes = write(frame, is_socket).bytes;
            bytes.truncate(bytes.len() / 2);
            Written { bytes, then: Then::Break }
        }
    }
}

/// The answer to a ping.
pub(crate) fn pong(payload: &[u8]) -> Vec<u8> {
    message(PONG, payload)
}

/// The end of a WebSocket.
pub(crate) fn close(code: u16, reason: &str) -> Vec<u8> {
    message(CLOSE, &[&code.to_be_bytes(), reason.as_bytes()].concat())
}

/// A whole message of a server, which is not masked.
fn message(kind: u8, payload: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0x80 | kind];
    match (u8::try_from(payload.len()), u16::try_from(payload.len())) {
        (Ok(length), _) if length < 126 => bytes.push(length),
        (_, Ok(length)) => {
            bytes.push(126);
            bytes.extend(length.to_be_bytes());
        }
        _ => {
            bytes.push(127);
            bytes.extend((payload.len() as u64).to_be_bytes());
        }
    }
    bytes.extend(payload);
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_are_written_as_the_standard_says() {
        let table = [
            (Frame::Text("Hello".to_owned()), b"\x81\x05Hello".to_vec(), Then::GoOn),
            (Frame::Binary(vec![7; 256]), [&[0x82, 126, 1, 0][..], &[7; 256]].concat(), Then::GoOn),
            (Frame::Ping, vec![0x89, 0], Then::GoOn),
            (Frame::Close(1001, "x".to_owned()), vec![0x88, 3, 3, 0xe9, b'x'], Then::End),
            (Frame::Cut(Box::new(Frame::Text("Hello".to_owned()))), b"\x81\x05H".to_vec(), Then::Break),
        ];
        for (frame, bytes, then) in table {
            assert_eq!(write(&frame, true), Written { bytes, then }, "{frame:?}");
        }
        let long = write(&Frame::Text("x".repeat(70_000)), true).bytes;
        assert_eq!(long[..10], [0x81, 127, 0, 0, 0, 0, 0, 1, 0x11, 0x70]);
        let chunk = write(&Frame::Chunk(b"{}\r\n".to_vec()), false);
        assert_eq!(chunk, Written { bytes: b"{}\r\n".to_vec(), then: Then::GoOn });
    }
}
