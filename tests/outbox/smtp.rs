//! Letters by SMTP, against a small relay that does what its script says.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;

use flashtag::domain::time::Millis;
use flashtag::outbox::attempt::{Attempt, AttemptResult};
use flashtag::outbox::provider::Provider;
use flashtag::outbox::provider::smtp::Smtp;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::LocalSet;

use super::files::{delivery, sender};
use super::{attempt, email};

/// What the relay does when a letter's text has come in.
#[derive(Debug, Clone, Copy)]
pub(super) enum Act {
    Take,
    Say(&'static str),
    /// Hangs up instead of answering.
    HangUp,
    /// Takes the letter and hangs up before the next: a connection that died of idleness.
    TakeAndHangUp,
    /// Never answers.
    Silence,
}

/// What the relay has seen.
#[derive(Debug, Default)]
pub(super) struct Seen {
    connections: usize,
    pub(super) texts: Vec<String>,
}

/// What a relay will do, letter by letter; then it takes everything.
pub(super) type Script = Rc<RefCell<VecDeque<Act>>>;

async fn relay(acts: &[Act]) -> (String, Rc<RefCell<Seen>>) {
    scripted_relay(Rc::new(RefCell::new(acts.iter().copied().collect()))).await
}

/// Starts a relay on a free port of this machine.
pub(super) async fn scripted_relay(acts: Script) -> (String, Rc<RefCell<Seen>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("smtp://127.0.0.1:{}", listener.local_addr().unwrap().port());
    let seen = Rc::new(RefCell::new(Seen::default()));
    let shared = Rc::clone(&seen);
    tokio::task::spawn_local(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            shared.borrow_mut().connections += 1;
            tokio::task::spawn_local(serve(stream, Rc::clone(&acts), Rc::clone(&shared)));
        }
    });
    (url, seen)
}

async fn serve(stream: TcpStream, acts: Script, seen: Rc<RefCell<Seen>>) -> Option<()> {
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
                seen.borrow_mut().texts.push(text);
                let act = acts.borrow_mut().pop_front().unwrap_or(Act::Take);
                match act {
                    Act::Take => "250 taken\r\n",
                    Act::Say(answer) => answer,
                    Act::HangUp => return None,
                    Act::TakeAndHangUp => {
                        stream.write_all(b"250 taken\r\n").await.ok()?;
                        // Half of the next command is read, and then the line is dead.
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

/// Sends letters through a relay with that script; the answers, and what the relay saw.
async fn send(acts: &[Act], sequences: &[u64], timeout: Millis) -> (Vec<AttemptResult>, Rc<RefCell<Seen>>) {
    let (url, seen) = relay(acts).await;
    let smtp = Smtp::new(&url, sender(), timeout).unwrap();
    let mut answers = Vec::new();
    for &sequence in sequences {
        answers.push(smtp.deliver(&delivery(letter(sequence), 7)).await);
        // The connection goes back to the pool in a task of its own.
        tokio::task::yield_now().await;
    }
    (answers, seen)
}

fn run(test: impl Future<Output = ()>) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    LocalSet::new().block_on(&runtime, test);
}

const LONG: Millis = Millis::from_secs(20);

#[test]
fn letters_go_over_one_connection_and_carry_their_keys() {
    run(async {
        let (answers, seen) = send(&[], &[1, 2, 3], LONG).await;
        assert_eq!(answers, [1, 2, 3].map(|sequence| letter(sequence).delivered(super::at(7))));
        assert_eq!(seen.borrow().connections, 1);
        let text = &seen.borrow().texts[1];
        for line in ["Message-ID: <0.2.0@flashtag.invalid>", "Auto-Submitted: auto-generated"] {
            assert!(text.lines().any(|found| found == line), "{line} in {text}");
        }
    });
}

#[test]
fn a_relay_that_is_busy_is_tried_again_later_and_one_that_refuses_is_not() {
    run(async {
        let busy = Act::Say("451 try again later\r\n");
        let refusing = Act::Say("550 no such user\r\n");
        let (answers, seen) = send(&[busy, refusing, Act::Take], &[1, 2, 3], LONG).await;
        let permanent = |answer: &AttemptResult| match answer {
            AttemptResult::Failed { error, permanent } => Some((error.to_string(), *permanent)),
            _ => None,
        };
        let (first, second) = (permanent(&answers[0]).unwrap(), permanent(&answers[1]).unwrap());
        assert!(first.0.contains("try again later") && !first.1, "{first:?}");
        assert!(second.0.contains("no such user") && second.1, "{second:?}");
        assert!(matches!(answers[2], AttemptResult::Done { .. }));
        assert_eq!(seen.borrow().texts.len(), 3, "a definite answer is not asked for twice");
    });
}

#[test]
fn a_broken_connection_is_replaced_once_and_the_letter_keeps_its_id() {
    run(async {
        let (answers, seen) = send(&[Act::HangUp, Act::Take], &[1], LONG).await;
        assert!(matches!(answers[0], AttemptResult::Done { .. }), "{answers:?}");
        assert_eq!((seen.borrow().connections, seen.borrow().texts.len()), (2, 2));
        assert_eq!(seen.borrow().texts[0], seen.borrow().texts[1]);

        let (answers, seen) = send(&[Act::HangUp, Act::HangUp, Act::Take], &[1], LONG).await;
        assert!(matches!(answers[0], AttemptResult::Unknown { .. }), "{answers:?}");
        assert_eq!(seen.borrow().connections, 2, "the rest is for the outbox to decide");
    });
}

#[test]
fn the_second_try_goes_over_a_connection_that_has_not_been_idle() {
    run(async {
        let (url, seen) = relay(&[Act::Take, Act::Take, Act::HangUp, Act::Take]).await;
        let smtp = Smtp::new(&url, sender(), LONG).unwrap();
        let (first, second) = (delivery(letter(1), 0), delivery(letter(2), 0));
        let _ = tokio::join!(smtp.deliver(&first), smtp.deliver(&second));
        tokio::task::yield_now().await;
        assert_eq!(seen.borrow().connections, 2, "two are idle now");
        let answer = smtp.deliver(&delivery(letter(3), 0)).await;
        assert!(matches!(answer, AttemptResult::Done { .. }), "{answer:?}");
        assert_eq!((seen.borrow().connections, seen.borrow().texts.len()), (3, 4));
    });
}

#[test]
fn a_connection_that_died_while_idle_does_no_harm() {
    run(async {
        let (answers, seen) = send(&[Act::TakeAndHangUp, Act::Take], &[1, 2], LONG).await;
        assert!(answers.iter().all(|answer| matches!(answer, AttemptResult::Done { .. })), "{answers:?}");
        assert_eq!(seen.borrow().texts.len(), 2);
    });
}

#[test]
fn a_relay_that_says_nothing_is_given_up() {
    run(async {
        let (answers, seen) = send(&[Act::Silence], &[1], Millis::from_ms(100)).await;
        assert_eq!(answers, [AttemptResult::unknown("no answer in time")]);
        assert_eq!(seen.borrow().texts.len(), 1);
    });
}

#[test]
fn nobody_there_is_a_failure_that_may_pass() {
    run(async {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("smtp://127.0.0.1:{}", listener.local_addr().unwrap().port());
        drop(listener);
        let smtp = Smtp::new(&url, sender(), LONG).unwrap();
        let answer = smtp.deliver(&delivery(letter(1), 0)).await;
        assert!(matches!(answer, AttemptResult::Unknown { .. }), "{answer:?}");
        let error = Smtp::new("http://user:secret@host", sender(), LONG).unwrap_err();
        assert!(!format!("{error} {error:?}").contains("secret"));
    });
}
