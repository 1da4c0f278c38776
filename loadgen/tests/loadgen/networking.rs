//! The stand-ins for the networks, as a command.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};

struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

fn networks(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_loadgen"));
    command.arg("networks").args(["--x", "0", "--bluesky", "0", "--mastodon", "0"]).args(arguments);
    command
}

fn get(address: &str, path: &str) -> String {
    let mut socket = TcpStream::connect(address).unwrap();
    write!(socket, "GET {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    socket.read_to_string(&mut answer).unwrap();
    answer
}

#[test]
fn three_networks_run_and_tell_their_addresses() {
    let fault = "unavailable=1x@GET /api/v2/instance";
    let mut running = Running(networks(&["--fault", fault]).stdout(Stdio::piped()).spawn().unwrap());
    let lines = BufReader::new(running.0.stdout.take().unwrap()).lines();
    let addresses: Vec<(String, String)> = lines
        .take(3)
        .map(|line| {
            let line = line.unwrap();
            let mut words = line.split_whitespace();
            let (name, url) = (words.next().unwrap(), words.next().unwrap());
            (name.to_owned(), url.strip_prefix("http://").unwrap().to_owned())
        })
        .collect();
    let names: Vec<&str> = addresses.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["x", "bluesky", "mastodon"]);
    assert!(get(&addresses[0].1, "/2/users/me").starts_with("HTTP/1.1 401"));
    let handle = "/xrpc/com.atproto.identity.resolveHandle?handle=northwind.example";
    assert!(get(&addresses[1].1, handle).contains("did:plc:"));
    assert!(get(&addresses[2].1, "/api/v2/instance").starts_with("HTTP/1.1 503"));
    assert!(get(&addresses[2].1, "/api/v2/instance").starts_with("HTTP/1.1 200"));
}

#[test]
fn a_fault_that_nobody_knows_is_a_wrong_usage() {
    let refused = networks(&["--fault", "melt=1"]).output().unwrap();
    assert_eq!(refused.status.code(), Some(2));
    assert!(String::from_utf8(refused.stderr).unwrap().contains("no fault"), "what is wrong is said");
}
