//! The shop's own accounts at the networks: protocols of signing in and of records, given answers in order,
//! requests and verdicts out.

mod bluesky_attest;
mod bluesky_identity;
mod bluesky_sign_in;
mod bluesky_stand_in;
mod rate_limits;
mod scripted_network;
mod sealed_keep;
mod signed_net;
mod x_connect;
mod x_sign_in;

use flashtag::net::{Answer, Request};

/// An answer, from `STATUS name: value; name: value | body`. The part of the headers may be missing.
pub(crate) fn answer(text: &str) -> Answer {
    let (head, body) = text.split_once(" | ").unwrap_or((text, ""));
    let (status, headers) = head.split_once(' ').unwrap_or((head, ""));
    let headers = headers.split("; ").filter_map(|header| header.split_once(": "));
    Answer {
        status: status.parse().expect("the test names a status"),
        headers: headers.map(|(name, value)| (name.into(), value.to_owned())).collect(),
        body: body.as_bytes().to_vec(),
    }
}

/// A request as one line: method, address, body.
pub(crate) fn shown(request: &Request) -> String {
    let body = String::from_utf8_lossy(&request.body);
    let signed = if request.signed { " signed" } else { "" };
    let bearer = request.header_value("authorization").map(|value| format!(" {value}")).unwrap_or_default();
    let body = if body.is_empty() { String::new() } else { format!(" {body}") };
    format!("{} {}{signed}{bearer}{body}", request.method.name(), request.url)
}
