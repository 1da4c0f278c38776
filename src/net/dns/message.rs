//! A question for the texts of a name, and its answer, as bytes (RFC 1035).

/// The type of texts, and the class of the internet.
const TXT: u16 = 16;
const INTERNET: u16 = 1;

/// The type by which a question says how long an answer may be (RFC 6891), and that length.
const OPT: u16 = 41;
const ANSWER_BYTES: u16 = 1232;

/// Bits of the second pair of bytes.
const IS_ANSWER: u16 = 0x8000;
const IS_CUT: u16 = 0x0200;
const RECURSION_WANTED: u16 = 0x0100;

/// The code of a name that is not there.
const NO_NAME: u8 = 3;

/// Bytes of a name and of one of its labels.
const NAME_BYTES_MAX: usize = 253;
const LABEL_BYTES_MAX: usize = 63;

/// Records of an answer that are read.
const RECORDS_MAX: u16 = 128;

/// A text that is no name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("it is no name that can be looked up")]
pub struct NotAName;

/// Bytes that are no answer to the question.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("it is no answer to the question")]
pub struct NotDns;

/// What a resolver answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answered {
    /// The texts of the name, each as one.
    Texts(Vec<String>),
    /// The answer is too long for a datagram.
    Cut,
    /// The resolver could not find out, with this code.
    Failed(u8),
}

/// The question for the texts of a name.
///
/// # Errors
/// When the text is no name.
pub fn query(id: u16, name: &str) -> Result<Vec<u8>, NotAName> {
    let mut out = Vec::with_capacity(name.len() + 32);
    // One question, and one record of our own after it.
    for pair in [id, RECURSION_WANTED, 1, 0, 0, 1] {
        out.extend_from_slice(&pair.to_be_bytes());
    }
    if name.is_empty() || name.len() > NAME_BYTES_MAX {
        return Err(NotAName);
    }
    for label in name.split('.') {
        let good = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
        let length = u8::try_from(label.len()).map_err(|_| NotAName)?;
        if label.is_empty() || label.len() > LABEL_BYTES_MAX || !label.bytes().all(good) {
            return Err(NotAName);
        }
        out.push(length);
        out.extend_from_slice(label.as_bytes());
    }
    out.push(0);
    out.extend_from_slice(&TXT.to_be_bytes());
    out.extend_from_slice(&INTERNET.to_be_bytes());
    // The root, then type, size, and nothing else.
    out.push(0);
    for pair in [OPT, ANSWER_BYTES, 0, 0, 0] {
        out.extend_from_slice(&pair.to_be_bytes());
    }
    Ok(out)
}

/// Reads the answer to a question.
///
/// # Errors
/// When the bytes answer something else, or nothing.
pub fn answer(id: u16, asked: &[u8], bytes: &[u8]) -> Result<Answered, NotDns> {
    let mut reader = Reader { rest: bytes };
    let (own, flags) = (reader.pair()?, reader.pair()?);
    let (questions, answers) = (reader.pair()?, reader.pair()?);
    reader.take(4)?;
    if own != id || flags & IS_ANSWER == 0 || questions != 1 {
        return Err(NotDns);
    }
    let question = question_of(asked).ok_or(NotDns)?;
    // Resolvers repeat the question, in letters of any case.
    if !reader.take(question.len())?.eq_ignore_ascii_case(question) {
        return Err(NotDns);
    }
    let code = u8::try_from(flags & 0xf).unwrap_or(0);
    match code {
        0 if flags & IS_CUT != 0 => return Ok(Answered::Cut),
        0 => {}
        NO_NAME => return Ok(Answered::Texts(Vec::new())),
        code => return Ok(Answered::Failed(code)),
    }
    let mut texts = Vec::new();
    // The name may be another one's alias: the resolver adds what that one has.
    for _ in 0..answers.min(RECORDS_MAX) {
        reader.skip_name()?;
        let (kind, class) = (reader.pair()?, reader.pair()?);
        reader.take(4)?;
        let length = usize::from(reader.pair()?);
        let data = reader.take(length)?;
        if (kind, class) == (TXT, INTERNET) {
            texts.push(text(data)?);
        }
    }
    Ok(Answered::Texts(texts))
}

/// Name, type and class of a question.
fn question_of(asked: &[u8]) -> Option<&[u8]> {
    let rest = asked.get(12..)?;
    let name = rest.iter().position(|byte| *byte == 0)?;
    rest.get(..name + 5)
}

/// The parts of a text make one.
fn text(data: &[u8]) -> Result<String, NotDns> {
    let mut reader = Reader { rest: data };
    let mut text = Vec::with_capacity(data.len());
    while !reader.rest.is_empty() {
        let length = usize::from(reader.byte()?);
        text.extend_from_slice(reader.take(length)?);
    }
    Ok(String::from_utf8_lossy(&text).into_owned())
}

struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    fn take(&mut self, count: usize) -> Result<&'a [u8], NotDns> {
        let (taken, rest) = self.rest.split_at_checked(count).ok_or(NotDns)?;
        self.rest = rest;
        Ok(taken)
    }

    fn byte(&mut self) -> Result<u8, NotDns> {
        self.take(1)?.first().copied().ok_or(NotDns)
    }

    fn pair(&mut self) -> Result<u16, NotDns> {
        Ok(u16::from(self.byte()?) << 8 | u16::from(self.byte()?))
    }

    /// A name ends with an empty label, or with the place of its rest elsewhere.
    fn skip_name(&mut self) -> Result<(), NotDns> {
        loop {
            match self.byte()? {
                0 => return Ok(()),
                length if length < 64 => self.take(usize::from(length)).map(drop)?,
                length if length >= 0xc0 => return self.byte().map(drop),
                _ => return Err(NotDns),
            }
        }
    }
}
