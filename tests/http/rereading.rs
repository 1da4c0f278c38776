//! SIGHUP: tokens are read again, and nothing else happens.

use super::client::{exchange, request};
use super::served::Served;
use crate::crash::poll;

const OLD: &str = "0123456789abcdef0123456789abcdef";
const NEW: &str = "00112233445566778899aabbccddeeff";

/// The status that a token is answered with.
fn status(served: &Served, token: &str) -> u16 {
    let header = format!("Authorization: Bearer {token}");
    exchange(served.address, &request("GET", "/v1/accounts/x/1", &[&header], b"")).status
}

#[test]
fn new_tokens_hold_and_removed_ones_do_not() {
    let mut served = Served::with_token();
    assert_eq!((status(&served, OLD), status(&served, NEW)), (200, 401));
    served.write_secret("tokens", &format!("{NEW}\n"));
    assert_eq!((status(&served, OLD), status(&served, NEW)), (200, 401), "nobody asked for it yet");
    served.signal("-HUP");
    poll(|| status(&served, NEW), |status| *status == 200);
    assert_eq!(status(&served, OLD), 401);
    assert!(!served.output().contains(NEW), "a token is in the log");
    assert_eq!(served.stop(), Some(0));
}

#[test]
fn a_file_that_cannot_be_used_changes_nothing_and_is_told() {
    let mut served = Served::with_token();
    let table: [(&str, &str, u32); 3] = [
        ("too short", "short\n", 0o600),
        ("empty", "# none\n", 0o600),
        ("for all to read", "00112233445566778899aabbccddeeff\n", 0o644),
    ];
    for (number, (sentence, text, mode)) in (1..).zip(table) {
        served.write_secret("tokens", text);
        served.set_mode("tokens", mode);
        served.signal("-HUP");
        let told =
            |output: &String| output.matches("the tokens that were read before stay valid").count() == number;
        poll(|| served.output(), told);
        assert_eq!((status(&served, OLD), status(&served, NEW)), (200, 401), "{sentence}");
    }
    assert_eq!(served.stop(), Some(0));
}

#[test]
fn a_server_without_tokens_survives_it() {
    let mut served = Served::open();
    served.signal("-HUP");
    poll(|| served.output(), |output| output.contains("the tokens were read again"));
    assert_eq!(served.get("/v1/offers").status, 200);
    assert_eq!(served.stop(), Some(0));
}
