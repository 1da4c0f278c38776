//! Letters by SMTP, against a small relay that follows a script.

mod cuts;
mod owner_mail;
mod published;
mod server;
mod steps;
mod suppressing;
mod wire;

pub(crate) use steps::word;

use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;
use std::sync::Arc;

use flashtag::clock::Clock;
use flashtag::domain::time::Millis;
use flashtag::net::{Dialer, Egress, Security, TextServer, Trust};
use flashtag::outbox::attempt::{Attempt, AttemptResult};
use flashtag::outbox::provider::Provider;
use flashtag::outbox::provider::smtp::Smtp;
use flashtag::outbox::provider::smtp::dialogue::Manners;
use flashtag::outbox::provider::smtp::relay::Relay;
use flashtag::outbox::provider::smtp::waits::Waits;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::LocalSet;

use super::files::{delivery, sender};
use super::{attempt, email};
use crate::closed_port::ClosedPort;

/// The relay's reaction to the text of a letter.
#[derive(Debug, Clone, Copy)]
pub(super) enum Act {
    Take,
    Say(&'static str),
    /// Closes the connection instead of answering.
    HangUp,
    /// Accepts the letter and closes before the next: a connection that died while idle.
    TakeAndHangUp,
    /// Never answers.
    Silence,
}

/// What the relay received.
#[derive(Debug, Default)]
pub(super) struct Received {
    connections: usize,
    pub(super) texts: Vec<String>,
}

/// The reactions of a relay, letter by letter; afterwards it accepts everything.
pub(super) type Script = Rc<RefCell<VecDeque<Act>>>;

async fn relay(acts: &[Act]) -> (String, Rc<RefCell<Received>>) {
    scripted_relay(Rc::new(RefCell::new(acts.iter().copied().collect()))).await
}

/// Sends through the relay at `url`, which has `timeout` for each step.
pub(super) fn smtp(url: &str, timeout: Millis) -> Smtp {
    Smtp::new(relay_at(url, timeout), sender())
}

fn relay_at(url: &str, timeout: Millis) -> Relay {
    let dialer = Dialer::new(Egress::only(url).unwrap(), Trust::load(None).unwrap(), Clock::start());
    let port = url.rsplit(':').next().unwrap().parse().unwrap();
    let server = TextServer { host: "127.0.0.1".into(), port, security: Security::Never };
    let manners = Manners { name: "shop.example".into(), asks_for_tls: false, login: None };
    let waits = Waits { connect: timeout, command: timeout, text: timeout, dot: timeout, whole: LONG };
    Relay::new(Arc::new(dialer), server, manners, waits)
}

/// Starts a relay on a free port of this machine.
pub(super) async fn scripted_relay(acts: Script) -> (String, Rc<RefCell<Received>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("smtp://127.0.0.1:{}", listener.local_addr().unwrap().port());
    let received = Rc::new(RefCell::new(Received::default()));
    let shared = Rc::clone(&received);
    tokio::task::spawn_local(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            shared.borrow_mut().connections += 1;
            tokio::task::spawn_local(serve(stream, Rc::clone(&acts), Rc::clone(&shared)));
        }
    });
    (url, received)
}

async fn serve(stream: TcpStream, acts: Script, received: Rc<RefCell<Received>>) -> Option<()> {
    let mut stream = BufReader::new(stream);
    stream.write_all(b"220 relay.test\r\n").await.ok()?;
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line).await.ok()? == 0 {
            return None;
        }
        let answer = match line.trim_end().split([' ', ':']).next()? {
            "DATA" => {
                stream.write_all(b"354 go on\r\n").await.ok()?;
                let text = read_text(&mut stream).await?;
                received.borrow_mut().texts.push(text);
                let act = acts.borrow_mut().pop_front().unwrap_or(Act::Take);
                match act {
                    Act::Take => "250 taken\r\n",
                    Act::Say(answer) => answer,
                    Act::HangUp => return None,
                    Act::TakeAndHangUp => {
                        stream.write_all(b"250 taken\r\n").await.ok()?;
                        // Half of the next command is read, and then the connection breaks.
                        stream.read_line(&mut line).await.ok()?;
                        return None;
                    }
                    Act::Silence => std::future::pending().await,
                }
            }
            "QUIT" => "221 bye\r\n",
            _ => "250 ok\r\n",
        };
        stream.write_all(answer.as_bytes()).await.ok()?;
    }
}

async fn read_text(stream: &mut BufReader<TcpStream>) -> Option<String> {
    let mut text = String::new();
    while !text.ends_with("\r\n.\r\n") {
        if stream.read_line(&mut text).await.ok()? == 0 {
            return None;
        }
    }
    Some(text)
}

fn letter(sequence: u64) -> Attempt {
    attempt(sequence, email())
}

/// Sends letters through a relay with this script. Returns the results, and what the relay received.
async fn send(
    acts: &[Act],
    sequences: &[u64],
    timeout: Millis,
) -> (Vec<AttemptResult>, Rc<RefCell<Received>>) {
    let (url, received) = relay(acts).await;
    let smtp = smtp(&url, timeout);
    let mut answers = Vec::new();
    for &sequence in sequences {
        answers.push(smtp.deliver(&delivery(letter(sequence), 7)).await);
        // The connection returns to the pool in its own task.
        tokio::task::yield_now().await;
    }
    (answers, received)
}

fn run(test: impl Future<Output = ()>) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    LocalSet::new().block_on(&runtime, test);
}

const LONG: Millis = Millis::from_secs(20);

#[test]
fn letters_go_over_one_connection_and_carry_their_keys() {
    run(async {
        let (answers, received) = send(&[], &[1, 2, 3], LONG).await;
        assert_eq!(answers, [1, 2, 3].map(|sequence| letter(sequence).delivered(super::at(7))));
        assert_eq!(received.borrow().connections, 1);
        let text = &received.borrow().texts[1];
        for line in ["Message-ID: <0.2.0@flashtag.invalid>", "Auto-Submitted: auto-generated"] {
            assert!(text.lines().any(|found| found == line), "{line} in {text}");
        }
    });
}

#[test]
fn a_temporary_refusal_is_retried_and_a_permanent_one_is_not() {
    run(async {
        let busy = Act::Say("451 try again later\r\n");
        let refusing = Act::Say("550 no such user\r\n");
        let (answers, received) = send(&[busy, refusing, Act::Take], &[1, 2, 3], LONG).await;
        let permanent = |answer: &AttemptResult| match answer {
            AttemptResult::Failed { error, permanent } => Some((error.to_string(), *permanent)),
            _ => None,
        };
        let (first, second) = (permanent(&answers[0]).unwrap(), permanent(&answers[1]).unwrap());
        assert!(first.0.contains("try again later") && !first.1, "{first:?}");
        assert!(second.0.contains("no such user") && second.1, "{second:?}");
        assert!(matches!(answers[2], AttemptResult::Done { .. }));
        assert_eq!(received.borrow().texts.len(), 3, "a definite answer is not asked for twice");
    });
}

#[test]
fn a_letter_that_may_have_arrived_is_sent_again_under_the_same_message_id() {
    run(async {
        let (answers, received) = send(&[Act::HangUp, Act::Take], &[1, 1], LONG).await;
        assert!(matches!(answers[0], AttemptResult::Unknown { .. }), "{answers:?}");
        assert!(matches!(answers[1], AttemptResult::Done { .. }), "{answers:?}");
        assert_eq!((received.borrow().connections, received.borrow().texts.len()), (2, 2));
        assert_eq!(received.borrow().texts[0], received.borrow().texts[1]);
    });
}

#[test]
fn letters_at_one_time_have_a_connection_each_and_both_are_kept() {
    run(async {
        let (url, received) = relay(&[]).await;
        let smtp = smtp(&url, LONG);
        let deliveries = [1, 2, 3, 4].map(|sequence| delivery(letter(sequence), 0));
        let [first, second, third, fourth] = &deliveries;
        let _ = tokio::join!(smtp.deliver(first), smtp.deliver(second));
        let _ = tokio::join!(smtp.deliver(third), smtp.deliver(fourth));
        assert_eq!((received.borrow().connections, received.borrow().texts.len()), (2, 4));
    });
}

#[test]
fn a_connection_that_died_while_idle_is_replaced() {
    run(async {
        let (answers, received) = send(&[Act::TakeAndHangUp, Act::Take], &[1, 2], LONG).await;
        assert!(answers.iter().all(|answer| matches!(answer, AttemptResult::Done { .. })), "{answers:?}");
        assert_eq!(received.borrow().texts.len(), 2);
    });
}

#[test]
fn a_silent_relay_times_out() {
    run(async {
        let (answers, received) = send(&[Act::Silence], &[1], Millis::from_ms(100)).await;
        assert_eq!(answers, [AttemptResult::unknown("the end of the text: no answer in time")]);
        assert_eq!(received.borrow().texts.len(), 1);
    });
}

#[test]
fn an_unreachable_relay_is_a_temporary_failure() {
    run(async {
        let port = ClosedPort::open();
        let url = format!("smtp://{}", port.address());
        let answer = smtp(&url, LONG).deliver(&delivery(letter(1), 0)).await;
        assert!(matches!(answer, AttemptResult::Failed { permanent: false, .. }), "{answer:?}");
    });
}
