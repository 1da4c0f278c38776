//! A letter as a mail server takes it.

/// From whom, to whom, and the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Envelope {
    from: String,
    to: String,
    /// Ends with a line's end; no line is the dot that ends a letter.
    text: Vec<u8>,
}

/// An address that cannot stand in a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the address has signs that mail servers do not take")]
pub struct NoMailbox;

impl Envelope {
    /// A letter with this text.
    ///
    /// # Errors
    /// When an address holds a sign that nobody sees, or `<` or `>`: it could end its command and begin another.
    pub fn new(from: &str, to: &str, text: &[u8]) -> Result<Self, NoMailbox> {
        let seen =
            |ch: char| ch.is_ascii_graphic() || !(ch.is_ascii() || ch.is_control() || ch.is_whitespace());
        let good = |address: &str| address.chars().all(|ch| seen(ch) && !matches!(ch, '<' | '>'));
        if !good(from) || !good(to) {
            return Err(NoMailbox);
        }
        Ok(Self { from: from.to_owned(), to: to.to_owned(), text: stuffed(text) })
    }

    /// Whether an address has letters beyond ASCII before its `@`: only some servers take it (RFC 6531).
    pub(super) fn is_international(&self) -> bool {
        !(self.from.is_ascii() && self.to.is_ascii())
    }

    pub(super) fn mail(&self) -> Vec<u8> {
        let asked = if self.is_international() { " SMTPUTF8" } else { "" };
        format!("MAIL FROM:<{}>{asked}\r\n", self.from).into_bytes()
    }

    pub(super) fn recipient(&self) -> Vec<u8> {
        format!("RCPT TO:<{}>\r\n", self.to).into_bytes()
    }

    pub(super) fn text(&self) -> &[u8] {
        &self.text
    }
}

/// Each line ends with CRLF, so that no two servers see different ends of the letter; a dot at the begin of a line is
/// doubled.
fn stuffed(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len() + text.len() / 64 + 2);
    let mut rest = text;
    while !rest.is_empty() {
        let length = rest.iter().position(|byte| matches!(byte, b'\r' | b'\n')).unwrap_or(rest.len());
        let (line, after) = rest.split_at(length);
        if line.first() == Some(&b'.') {
            out.push(b'.');
        }
        out.extend_from_slice(line);
        out.extend_from_slice(b"\r\n");
        rest = after.strip_prefix(b"\r\n").or_else(|| after.get(1..)).unwrap_or_default();
    }
    out
}
