//! Checks that responses are complete. The reader shares no code with the server and is strict.

use std::io::{ErrorKind, Read};
use std::net::TcpStream;

use serde_json::Value;

/// Reads until the server closes.
pub(super) fn take_all(stream: &mut TcpStream) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    match stream.read_to_end(&mut bytes) {
        Ok(_) => Ok(bytes),
        // The server closed with unread input; its output has arrived or is lost.
        Err(fault) if matches!(fault.kind(), ErrorKind::ConnectionReset | ErrorKind::BrokenPipe) => {
            Ok(Vec::new())
        }
        Err(fault) => {
            Err(format!("the connection hangs: {fault}; so far {:?}", bytes.escape_ascii().to_string()))
        }
    }
}

/// Reads one response; `None` if the server closes instead.
pub(super) fn take_one(stream: &mut TcpStream) -> Result<Option<Vec<u8>>, String> {
    let (mut bytes, mut buffer) = (Vec::new(), [0; 4096]);
    loop {
        if length(&bytes).ok().flatten().is_some_and(|length| bytes.len() >= length) {
            return Ok(Some(bytes));
        }
        match stream.read(&mut buffer) {
            Ok(0) if bytes.is_empty() => return Ok(None),
            // A partial response is judged as it is.
            Ok(0) => return Ok(Some(bytes)),
            Ok(read) => bytes.extend_from_slice(&buffer[..read]),
            Err(fault) if matches!(fault.kind(), ErrorKind::ConnectionReset | ErrorKind::BrokenPipe) => {
                return Ok(None);
            }
            Err(fault) => return Err(format!("the connection hangs: {fault}")),
        }
    }
}

/// Whether the server closes after this response.
pub(super) fn closes(answer: &[u8]) -> bool {
    head(answer).is_some_and(|(head, _)| head.to_ascii_lowercase().contains("connection: close"))
}

/// Judges a sequence of responses.
pub(super) fn judge(mut bytes: &[u8]) -> Result<(), String> {
    while !bytes.is_empty() {
        let shown = bytes.escape_ascii().to_string();
        let whole = length(bytes)?.filter(|length| *length <= bytes.len());
        let whole = whole.ok_or_else(|| format!("is cut off: {shown}"))?;
        let (answer, rest) = bytes.split_at(whole);
        judge_one(answer).map_err(|fault| format!("{fault} in {shown}"))?;
        bytes = rest;
    }
    Ok(())
}

fn head(bytes: &[u8]) -> Option<(&str, &[u8])> {
    let end = bytes.windows(4).position(|four| four == b"\r\n\r\n")?;
    Some((std::str::from_utf8(bytes.get(..end)?).ok()?, bytes.get(end + 4..)?))
}

fn field<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    let mut fields = head.lines().skip(1).filter_map(|line| line.split_once(':'));
    fields.find(|(field, _)| field.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim())
}

/// The length of the first response; `None` if its head is incomplete.
fn length(bytes: &[u8]) -> Result<Option<usize>, String> {
    let shown = || bytes.escape_ascii().to_string();
    let start = &bytes[..bytes.len().min(9)];
    if !b"HTTP/1.1 ".starts_with(start) && !b"HTTP/1.0 ".starts_with(start) {
        return Err(format!("no status line: {}", shown()));
    }
    let Some((head, body)) = head(bytes) else { return Ok(None) };
    let before = bytes.len() - body.len();
    let status = status(head)?;
    if status == 100 {
        return Ok(Some(before));
    }
    let length = field(head, "content-length").ok_or_else(|| format!("no length: {}", shown()))?;
    let length: usize = length.parse().map_err(|_| format!("an invalid length: {}", shown()))?;
    Ok(Some(before + length))
}

fn status(head: &str) -> Result<u16, String> {
    let status = head.get(9..12).and_then(|status| status.parse().ok());
    status.ok_or_else(|| format!("no status line: {head}"))
}

fn judge_one(answer: &[u8]) -> Result<(), String> {
    let (head, body) = head(answer).ok_or("no head")?;
    let status = status(head)?;
    if !matches!(status, 100 | 200..=299 | 400..=499 | 503) {
        return Err(format!("status {status}"));
    }
    let body = std::str::from_utf8(body).map_err(|_| "a body that is not UTF-8".to_owned())?;
    match field(head, "content-type") {
        Some("application/problem+json") => judge_problem(head, status, body),
        Some("application/x-ndjson") => body.lines().try_for_each(judge_line),
        Some("application/json") => read(body).map(drop),
        // Of actix, before a request exists.
        None if status >= 400 && !body.is_empty() => Err("a refusal without a reason".to_owned()),
        _ => Ok(()),
    }
}

fn read(text: &str) -> Result<Value, String> {
    serde_json::from_str(text).map_err(|fault| format!("{fault}: a value that is cut off or invalid"))
}

fn judge_line(line: &str) -> Result<(), String> {
    let value = read(line).map_err(|fault| format!("is cut off: {fault}"))?;
    if value["outcome"].is_string() { Ok(()) } else { Err("no outcome".to_owned()) }
}

fn judge_problem(head: &str, status: u16, body: &str) -> Result<(), String> {
    let problem = read(body)?;
    let named = ["type", "title", "code", "detail"].iter().all(|name| problem[*name].is_string());
    let same = problem["status"] == status && problem["request_id"].as_str() == field(head, "x-request-id");
    if named && same && status >= 400 { Ok(()) } else { Err("no problem".to_owned()) }
}
