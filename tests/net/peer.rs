//! A server of the tests' own: each connection is served by a script.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// A server.
pub(super) struct Peer {
    pub(super) address: SocketAddr,
    visits: Arc<AtomicUsize>,
}

impl Peer {
    /// Serves each connection by `script`, on a thread of its own.
    pub(super) fn serving(script: impl Fn(Visitor) + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("an address");
        let (script, visits) = (Arc::new(script), Arc::new(AtomicUsize::new(0)));
        let counted = Arc::clone(&visits);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let Ok(stream) = stream else { return };
                counted.fetch_add(1, Ordering::SeqCst);
                let script = Arc::clone(&script);
                std::thread::spawn(move || script(Visitor::new(stream)));
            }
        });
        Self { address, visits }
    }

    /// Answers each connection's first request with these bytes, and closes.
    pub(super) fn answering(answer: impl Into<Vec<u8>>) -> Self {
        let answer = answer.into();
        Self::serving(move |mut visitor| {
            visitor.request();
            visitor.say(&answer);
        })
    }

    /// The address of a resource.
    pub(super) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// The connections that were made.
    pub(super) fn visits(&self) -> usize {
        self.visits.load(Ordering::SeqCst)
    }
}

/// The server's end of a connection.
pub(super) struct Visitor {
    pub(super) stream: TcpStream,
    reader: BufReader<TcpStream>,
}

impl Visitor {
    fn new(stream: TcpStream) -> Self {
        let reader = BufReader::new(stream.try_clone().expect("a second handle"));
        Self { stream, reader }
    }

    /// Reads a request: its head, and its body if it says how long that is. Empty when the client has gone.
    pub(super) fn request(&mut self) -> String {
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            if self.reader.read_line(&mut head).unwrap_or(0) == 0 {
                return String::new();
            }
        }
        let length = head.lines().find_map(|line| {
            let (name, value) = line.split_once(": ")?;
            name.eq_ignore_ascii_case("content-length").then(|| value.parse().expect("a length"))
        });
        let mut body = vec![0; length.unwrap_or(0)];
        self.reader.read_exact(&mut body).expect("the whole body");
        head + &String::from_utf8(body).expect("UTF-8")
    }

    /// Sends bytes; a client that has gone gets none.
    pub(super) fn say(&mut self, bytes: impl AsRef<[u8]>) {
        drop(self.stream.write_all(bytes.as_ref()));
    }

    /// Waits until the client closes.
    pub(super) fn wait_for_close(&mut self) {
        drop(self.reader.read_to_end(&mut Vec::new()));
    }
}

/// An answer behind which the server closes, as it says: a client that kept the connection could lose its next request.
pub(super) fn last_answer(status: &str, body: &str) -> String {
    answer(&format!("{status}\r\nConnection: close"), body)
}

/// An answer with a body.
pub(super) fn answer(status: &str, body: &str) -> String {
    format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\n\r\n{body}", body.len())
}
