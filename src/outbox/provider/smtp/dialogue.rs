//! The conversation with a mail server, without sockets and without a clock: bytes in, bytes out.
//!
//! A connection is greeted, secured and signed in once; then it takes letters, one after the other. Each command waits for
//! its reply, so that every reply says at which step it came, which decides what a refusal means.

use std::sync::Arc;

use compact_str::{CompactString, ToCompactString};

use super::envelope::Envelope;
use super::login::{Login, Mechanism};
use super::reply::{CLOSING, Reply, ReplyReader};

/// Where a conversation stands: what was said last, or is about to be said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// The connection is being made.
    Connect,
    /// The server greets.
    Greeting,
    /// `EHLO`
    Hello,
    /// `STARTTLS`, and TLS itself.
    Secure,
    /// `AUTH`
    SignIn,
    /// `RSET`
    Reset,
    /// `MAIL`
    Mail,
    /// `RCPT`
    Recipient,
    /// `DATA`
    Data,
    /// The text of the letter.
    Text,
    /// The dot after it: from here on the server may have the letter.
    Dot,
}

/// How a letter, or a greeting, ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum End {
    /// The server has the letter.
    Taken,
    /// The server refused, at this step.
    Refused(Step, Reply),
    /// The server lacks what the shop needs of it.
    Lacks(&'static str),
    /// The server takes other letters, and none to such an address.
    Untakable,
    /// The connection was lost at this step, or the other side talks no sense.
    Lost(Step, CompactString),
}

/// What the conversation wants next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Want {
    /// Send these bytes.
    Send(Vec<u8>),
    /// Receive bytes.
    Hear,
    /// Agree on TLS.
    Secure,
    /// It is ready for a letter.
    Letter,
    /// The letter ended.
    Over(End),
}

/// How the shop presents itself.
#[derive(Debug, Clone)]
pub struct Manners {
    /// Its name.
    pub name: String,
    /// Whether TLS is asked for before anything that matters.
    pub asks_for_tls: bool,
    /// How it signs in; `None` where the server asks for nothing.
    pub login: Option<Login>,
}

/// One connection's conversation.
#[derive(Debug)]
pub struct Dialogue {
    manners: Arc<Manners>,
    step: Step,
    /// Whether the reply to this step's words is awaited; otherwise they are about to be said.
    awaits: bool,
    secured: bool,
    mechanism: Option<Mechanism>,
    /// Questions of the server that were answered while signing in.
    answered: u8,
    offered: Vec<String>,
    letter: Option<Arc<Envelope>>,
    /// Whether it is signed in.
    ready: bool,
    /// Whether a letter was begun and not taken.
    begun: bool,
    /// Whether the server can be told anything after this letter.
    closing: bool,
    replies: ReplyReader,
    /// What the server asked while signing in.
    question: bool,
    end: Option<End>,
}

impl Dialogue {
    /// The conversation of a new connection.
    #[must_use]
    pub fn new(manners: Arc<Manners>) -> Self {
        Self {
            manners,
            step: Step::Greeting,
            awaits: true,
            secured: false,
            mechanism: None,
            answered: 0,
            offered: Vec::new(),
            letter: None,
            ready: false,
            begun: false,
            closing: false,
            replies: ReplyReader::default(),
            question: false,
            end: None,
        }
    }

    /// Gives it a letter to send.
    pub fn begin(&mut self, letter: Arc<Envelope>) {
        self.letter = Some(letter);
        self.end = None;
        match (self.ready, self.begun) {
            (false, _) => {}
            (true, true) => self.say(Step::Reset),
            (true, false) => self.begin_mail(),
        }
    }

    /// Begins the letter, if the server takes letters to its address.
    fn begin_mail(&mut self) {
        self.say(Step::Mail);
        let is_international = self.letter.as_ref().is_some_and(|letter| letter.is_international());
        if is_international && !self.offers("SMTPUTF8") {
            self.end = Some(End::Untakable);
        }
    }

    /// Where it stands.
    #[must_use]
    pub const fn step(&self) -> Step {
        self.step
    }

    /// Whether the connection can take another letter.
    #[must_use]
    pub const fn is_reusable(&self) -> bool {
        self.ready && !self.closing && !self.replies.has_more()
    }

    /// The way in which it signed in.
    #[must_use]
    pub const fn signed_in_by(&self) -> Option<Mechanism> {
        self.mechanism
    }

    /// What it wants next.
    #[must_use]
    pub fn next(&self) -> Want {
        if let Some(end) = &self.end {
            return Want::Over(end.clone());
        }
        if self.awaits {
            return if self.step == Step::Secure && self.secured { Want::Secure } else { Want::Hear };
        }
        match self.words() {
            Some(words) => Want::Send(words),
            None => Want::Letter,
        }
    }

    /// The words of the step.
    fn words(&self) -> Option<Vec<u8>> {
        let line = |text: &str| format!("{text}\r\n").into_bytes();
        Some(match self.step {
            Step::Connect | Step::Greeting => return None,
            Step::Hello => line(&format!("EHLO {}", self.manners.name)),
            Step::Secure => line("STARTTLS"),
            Step::SignIn => {
                let (login, mechanism) = (self.manners.login.as_ref()?, self.mechanism?);
                if self.question { login.answer(mechanism, self.answered)? } else { login.begin(mechanism) }
            }
            Step::Reset => line("RSET"),
            Step::Mail => self.letter.as_ref()?.mail(),
            Step::Recipient => self.letter.as_ref()?.recipient(),
            Step::Data => line("DATA"),
            Step::Text => self.letter.as_ref()?.text().to_vec(),
            Step::Dot => line("."),
        })
    }

    /// The bytes of [`Want::Send`] have left.
    pub fn sent(&mut self) {
        if self.step == Step::Text {
            // The dot leaves by itself: until then the server cannot have the letter.
            self.step = Step::Dot;
            return;
        }
        if self.question {
            self.answered += 1;
            self.question = false;
        }
        self.awaits = true;
    }

    /// TLS was agreed on.
    pub fn secured(&mut self) {
        self.say(Step::Hello);
    }

    /// The connection is lost.
    pub fn lost(&mut self, why: impl ToCompactString) {
        self.closing = true;
        self.end.get_or_insert(End::Lost(self.step, why.to_compact_string()));
    }

    /// Takes in what the server sent; no bytes if it ended the connection.
    pub fn heard(&mut self, bytes: &[u8]) {
        if bytes.is_empty() {
            return self.lost("the connection was closed");
        }
        if let Err(error) = self.replies.take_in(bytes) {
            return self.lost(error);
        }
        match self.replies.take() {
            Ok(None) => {}
            Ok(Some(reply)) => {
                self.awaits = false;
                self.answer(reply);
                // What was said before it was asked for would be taken for the answer to the next command, and what was
                // said before TLS for something that was said by it.
                if self.end.is_none() && self.replies.has_more() {
                    self.lost("it speaks out of turn");
                }
            }
            Err(error) => self.lost(error),
        }
    }

    fn say(&mut self, step: Step) {
        (self.step, self.awaits) = (step, false);
    }

    fn answer(&mut self, reply: Reply) {
        self.closing |= reply.code == CLOSING;
        match (self.step, reply.code) {
            (Step::Greeting, 220) => self.say(Step::Hello),
            (Step::Hello, 250) => {
                self.offered = reply.lines.iter().skip(1).map(|line| line.to_ascii_uppercase()).collect();
                self.after_hello();
            }
            (Step::Secure, 220) => (self.secured, self.awaits) = (true, true),
            (Step::SignIn, 235) => self.signed_in(),
            (Step::SignIn, 334) => {
                let login = self.manners.login.as_ref().zip(self.mechanism);
                let answer = login.and_then(|(login, mechanism)| login.answer(mechanism, self.answered));
                self.question = answer.is_some();
                if answer.is_none() {
                    self.lost("it asks for more than a user and a password");
                }
            }
            (Step::Reset, 200..=299) => {
                self.begun = false;
                self.begin_mail();
            }
            (Step::Mail, 200..=299) => {
                self.begun = true;
                self.say(Step::Recipient);
            }
            (Step::Recipient, 200..=299) => self.say(Step::Data),
            (Step::Data, 354) => self.say(Step::Text),
            (Step::Dot, 200..=299) => {
                self.begun = false;
                self.end = Some(End::Taken);
            }
            _ if reply.is_positive() => self.lost(format!("it answers {} where it cannot", reply.code)),
            (step, _) => {
                // After a refused letter the server is as before it.
                self.begun &= step != Step::Dot;
                self.end = Some(End::Refused(step, reply));
            }
        }
    }

    fn after_hello(&mut self) {
        if self.manners.asks_for_tls && !self.secured {
            return match self.offers("STARTTLS") {
                true => self.say(Step::Secure),
                false => self.end = Some(End::Lacks("it does not offer TLS (STARTTLS)")),
            };
        }
        if self.manners.login.is_none() {
            return self.signed_in();
        }
        let ways = self.offered.iter().filter_map(|line| line.strip_prefix("AUTH"));
        let ways = ways.flat_map(|ways| ways.split([' ', '=']));
        self.mechanism = Mechanism::best_of(ways);
        match self.mechanism {
            Some(_) => self.say(Step::SignIn),
            None => self.end = Some(End::Lacks("it offers neither AUTH PLAIN nor AUTH LOGIN")),
        }
    }

    fn offers(&self, keyword: &str) -> bool {
        self.offered.iter().any(|line| line.split(' ').next() == Some(keyword))
    }

    fn signed_in(&mut self) {
        self.ready = true;
        self.begin_mail();
    }
}
