//! A mail server on a port of its own. It takes letters, asks for some later, and hangs up behind some without a word, which
//! leaves their sender in doubt.

use std::io::{BufRead, BufReader, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread;

use crate::test_rng::TestRng;

/// A letter that the server has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Letter {
    pub(super) to: String,
    pub(super) subject: String,
    pub(super) message_id: String,
    pub(super) text: String,
}

/// A mail server. Its threads end with the process.
pub(super) struct MailRelay {
    pub(super) address: SocketAddr,
    shared: Arc<Shared>,
}

struct Shared {
    letters: Mutex<Vec<Letter>>,
    rng: Mutex<TestRng>,
}

impl MailRelay {
    pub(super) fn start(rng: TestRng) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port is free");
        let address = listener.local_addr().expect("it is bound");
        let shared = Arc::new(Shared { letters: Mutex::new(Vec::new()), rng: Mutex::new(rng) });
        let serving = Arc::clone(&shared);
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let serving = Arc::clone(&serving);
                thread::spawn(move || serving.serve(stream));
            }
        });
        Self { address, shared }
    }

    /// The letters that it has, in their order.
    pub(super) fn letters(&self) -> MutexGuard<'_, Vec<Letter>> {
        self.shared.letters.lock().expect("no holder panics")
    }
}

impl Shared {
    fn below(&self, bound: usize) -> usize {
        self.rng.lock().expect("no holder panics").below(bound)
    }

    fn serve(&self, stream: TcpStream) -> Option<()> {
        let mut reader = BufReader::new(stream.try_clone().ok()?);
        let mut stream = stream;
        stream.write_all(b"220 mail.test\r\n").ok()?;
        loop {
            let line = read_line(&mut reader)?;
            let answer = match line.split([' ', ':']).next()? {
                "DATA" => {
                    stream.write_all(b"354 go on\r\n").ok()?;
                    let text = read_text(&mut reader)?;
                    if self.below(8) == 0 {
                        "451 4.3.0 later\r\n"
                    } else {
                        self.letters.lock().expect("no holder panics").push(Letter::read(text));
                        if self.below(8) == 0 {
                            return None;
                        }
                        "250 2.0.0 taken\r\n"
                    }
                }
                "QUIT" => "221 bye\r\n",
                _ => "250 ok\r\n",
            };
            stream.write_all(answer.as_bytes()).ok()?;
        }
    }
}

impl Letter {
    fn read(text: String) -> Self {
        let header = |name: &str| {
            let found =
                text.lines().take_while(|line| !line.is_empty()).find_map(|line| line.strip_prefix(name));
            found.unwrap_or_else(|| panic!("no {name} in {text}")).trim().to_owned()
        };
        let (to, subject, message_id) = (header("To:"), header("Subject:"), header("Message-ID:"));
        Self { to, subject, message_id, text }
    }
}

fn read_line(reader: &mut impl BufRead) -> Option<String> {
    let mut line = String::new();
    (reader.read_line(&mut line).ok()? > 0).then(|| line.trim_end().to_owned())
}

/// The text up to the line with a dot; `None` if it does not come to its end.
fn read_text(reader: &mut impl BufRead) -> Option<String> {
    let mut text = String::new();
    loop {
        let line = read_line(reader)?;
        if line == "." {
            return Some(text);
        }
        text.push_str(&line);
        text.push('\n');
    }
}
