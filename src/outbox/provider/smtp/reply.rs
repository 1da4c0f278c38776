//! Replies of a mail server.

use compact_str::CompactString;

/// Bytes of a reply. Servers send a few hundred.
const BYTES_MAX: usize = 16 << 10;

/// The code of a server that closes the connection.
pub const CLOSING: u16 = 421;

/// Characters of a reply's text that are kept.
const TEXT_CHARS_MAX: usize = 160;

/// One reply.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// The code, from 200 to 599.
    pub code: u16,
    /// The lines, without code and end.
    pub lines: Vec<String>,
}

/// The other side does not speak the protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("it does not speak SMTP")]
pub struct NotSmtp;

/// What a permanent refusal by its enhanced code, such as 5.1.1, is about: the two numbers after the class.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Detail {
    /// 1: an address; 2: a mailbox; 3: the server; 5: the protocol; 7: a policy.
    pub subject: u16,
    /// What of it.
    pub detail: u16,
}

impl Reply {
    /// Whether the server agrees.
    #[must_use]
    pub const fn is_positive(&self) -> bool {
        self.code < 400
    }

    /// Whether the same would be refused again.
    #[must_use]
    pub const fn is_permanent(&self) -> bool {
        self.code >= 500
    }

    /// The enhanced code's numbers, if the reply has one.
    #[must_use]
    pub fn detail(&self) -> Option<Detail> {
        let code = self.lines.first()?.split(' ').next()?;
        let mut numbers = code.split('.');
        let mut next = || numbers.next()?.parse::<u16>().ok();
        let (class, subject, detail) = (next()?, next()?, next()?);
        (numbers.next().is_none() && class == self.code / 100).then_some(Detail { subject, detail })
    }

    /// The reply for a log or a record: servers repeat addresses, which stand in neither.
    #[must_use]
    pub fn told(&self) -> CompactString {
        let words = self.lines.iter().flat_map(|line| line.split_whitespace());
        let mut text = self.code.to_string();
        for word in words {
            text.push(' ');
            text.push_str(if word.contains('@') { "(address)" } else { word });
        }
        let text: String = text.chars().filter(|sign| !sign.is_control()).take(TEXT_CHARS_MAX).collect();
        text.into()
    }
}

/// Gathers bytes until they are a reply.
#[derive(Debug, Default)]
pub struct ReplyReader {
    bytes: Vec<u8>,
}

impl ReplyReader {
    /// Takes bytes in.
    ///
    /// # Errors
    /// When a reply would be too long.
    pub fn take_in(&mut self, bytes: &[u8]) -> Result<(), NotSmtp> {
        if self.bytes.len() + bytes.len() > BYTES_MAX {
            return Err(NotSmtp);
        }
        self.bytes.extend_from_slice(bytes);
        Ok(())
    }

    /// Whether there are bytes that belong to no reply that was asked for.
    #[must_use]
    pub const fn has_more(&self) -> bool {
        !self.bytes.is_empty()
    }

    /// The next reply, if all of its lines are there.
    ///
    /// # Errors
    /// When the bytes are none.
    pub fn take(&mut self) -> Result<Option<Reply>, NotSmtp> {
        let mut lines = Vec::new();
        let (mut code, mut start) = (None, 0);
        while let Some(length) = self.rest(start).iter().position(|byte| *byte == b'\n') {
            let line = self.rest(start).get(..length).unwrap_or_default();
            let line = line.strip_suffix(b"\r").unwrap_or(line);
            let (own, is_last, text) = parts(line)?;
            // All lines of a reply have one code.
            if *code.get_or_insert(own) != own {
                return Err(NotSmtp);
            }
            lines.push(text);
            start += length + 1;
            if is_last {
                self.bytes.drain(..start);
                return Ok(Some(Reply { code: own, lines }));
            }
        }
        Ok(None)
    }

    fn rest(&self, start: usize) -> &[u8] {
        self.bytes.get(start..).unwrap_or_default()
    }
}

/// The code of a line, whether it is the last of its reply, and its text.
fn parts(line: &[u8]) -> Result<(u16, bool, String), NotSmtp> {
    let (code, rest) = line.split_at_checked(3).ok_or(NotSmtp)?;
    let digits = std::str::from_utf8(code).ok().filter(|code| code.bytes().all(|byte| byte.is_ascii_digit()));
    let code: u16 = digits.and_then(|digits| digits.parse().ok()).ok_or(NotSmtp)?;
    let is_last = match rest.first() {
        None | Some(b' ') => true,
        Some(b'-') => false,
        Some(_) => return Err(NotSmtp),
    };
    let text = String::from_utf8_lossy(rest.get(1..).unwrap_or_default()).into_owned();
    if (200..600).contains(&code) { Ok((code, is_last, text)) } else { Err(NotSmtp) }
}
