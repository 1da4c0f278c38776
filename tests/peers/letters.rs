//! Letters through mail servers that nobody here wrote: one with STARTTLS, AUTH and IMAP, and one that refuses and hangs up on
//! order.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;

use flashtag::clock::Clock;
use flashtag::config::serve::{Mode, Peer as Allowed};
use flashtag::net::{Dialer, Egress, Security, TextServer, Trust};
use flashtag::outbox::attempt::AttemptResult;
use flashtag::outbox::provider::smtp::dialogue::{End, Manners, Step};
use flashtag::outbox::provider::smtp::envelope::Envelope;
use flashtag::outbox::provider::smtp::login::Login;
use flashtag::outbox::provider::smtp::meaning::meaning;
use flashtag::outbox::provider::smtp::relay::Relay;
use flashtag::outbox::provider::smtp::waits::Waits;

use super::child::Process;
use super::installed::{Peer, installed};
use super::town::free_port;
use crate::crash::server::poll;
use crate::outbox::smtp::word;

const USER: &str = "test@example.org";
const PASSWORD: &str = "a secret + of %signs";

fn file(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/net/tls").join(name)
}

fn wait_for(port: u16) {
    let accepts = || TcpStream::connect(("127.0.0.1", port)).is_ok();
    poll(accepts, |accepts| *accepts);
}

/// A relay at a port of this machine.
fn relay(port: u16, security: Security, password: Option<&str>, trusted: bool) -> Relay {
    let egress = Egress::new(Mode::Test, vec![Allowed::Address(([127, 0, 0, 1], port).into())]);
    let roots = trusted.then(|| file("ca.pem"));
    let dialer = Dialer::new(egress, Trust::load(roots.as_deref()).unwrap(), Clock::start());
    let login = password.map(|password| Login::new(USER, password.to_owned().into()));
    let manners = Manners { name: "shop.example".into(), asks_for_tls: security == Security::Asked, login };
    let server = TextServer { host: "127.0.0.1".into(), port, security };
    Relay::new(Arc::new(dialer), server, manners, Waits::default())
}

fn letter(number: u32) -> Arc<Envelope> {
    let text = format!(
        "Message-ID: <ft-1.0.{number}.0@shop.example>\r\nAuto-Submitted: auto-generated\r\nSubject: Yours\r\n\
         From: sales@shop.example\r\nTo: {USER}\r\n\r\nOne\n.\n..two\r\n.three {number}\n"
    );
    Arc::new(Envelope::new("sales@shop.example", USER, text.as_bytes()).unwrap())
}

/// All letters of the inbox, as IMAP gives them.
fn inbox(port: u16) -> String {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
    let mut lines = BufReader::new(stream.try_clone().unwrap());
    let mut line = String::new();
    lines.read_line(&mut line).unwrap();
    let mut answer = String::new();
    for (tag, command) in [
        ("a1", format!("LOGIN {USER} \"{PASSWORD}\"")),
        ("a2", "SELECT INBOX".to_owned()),
        ("a3", "FETCH 1:* (BODY[])".to_owned()),
    ] {
        stream.write_all(format!("{tag} {command}\r\n").as_bytes()).unwrap();
        answer.clear();
        loop {
            line.clear();
            assert!(lines.read_line(&mut line).unwrap() > 0, "IMAP ended: {answer}");
            if line.starts_with(&format!("{tag} ")) {
                assert!(line.starts_with(&format!("{tag} OK")), "{command}: {line}");
                break;
            }
            answer.push_str(&line);
        }
    }
    answer
}

#[test]
fn letters_arrive_by_tls_for_who_signs_in() {
    let Some(peer) = installed(Peer::Mail, "mail-devel") else { return };
    let (asked, at_once, imap) = (free_port(), free_port(), free_port());
    let mut command = Command::new(peer.join("venv/bin/mail_devel"));
    command.args(["--host", "127.0.0.1", "--no-http", "--auth-required", "--starttls-required"]);
    command.args(["--user", USER, "--password", PASSWORD]);
    for (option, port) in [("--smtp-port", asked), ("--smtps-port", at_once), ("--imap-port", imap)] {
        command.args([option, &port.to_string()]);
    }
    command.arg("--cert").arg(file("server.pem")).arg("--key").arg(file("server.key"));
    let _server = Process::start(command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()));
    for port in [asked, at_once, imap] {
        wait_for(port);
    }
    for (port, security, number) in [(asked, Security::Asked, 1), (at_once, Security::AtOnce, 3)] {
        let own = relay(port, security, Some(PASSWORD), true);
        // Both over one connection.
        assert_eq!((own.carry(&letter(number)), own.carry(&letter(number + 1))), (End::Taken, End::Taken));
        let welcome = own.greet().unwrap();
        assert_eq!(welcome.tls.as_deref(), Some("TLS 1.3"));
        assert!(welcome.mechanism.is_some());
        let wrong = relay(port, security, Some("wrong"), true).carry(&letter(9));
        assert!(matches!(&wrong, End::Refused(Step::SignIn, reply) if reply.code == 535), "{wrong}");
        assert!(matches!(meaning(&wrong), Some(AttemptResult::ShutOut { .. })), "{wrong}");
        let nobody = relay(port, security, None, true).carry(&letter(9));
        assert!(matches!(meaning(&nobody), Some(AttemptResult::ShutOut { .. })), "{nobody}");
        let unknown = relay(port, security, Some(PASSWORD), false).carry(&letter(9));
        assert!(unknown.to_string().contains("UnknownIssuer"), "{unknown}");
        assert!(
            matches!(meaning(&unknown), Some(AttemptResult::Failed { permanent: false, .. })),
            "{unknown}"
        );
    }
    // The server keeps lines with ends of its own.
    let found = inbox(imap).replace("\r\n", "\n");
    for number in 1..=4 {
        assert!(
            found.contains(&format!("Message-ID: <ft-1.0.{number}.0@shop.example>")),
            "{number}: {found}"
        );
        assert!(found.contains(&format!("One\n.\n..two\n.three {number}\n")), "{number}: {found}");
    }
    assert!(found.contains("Auto-Submitted: auto-generated") && !found.contains("<ft-1.0.9.0@"), "{found}");
}

#[test]
fn a_relay_that_refuses_on_order_is_understood() {
    let Some(peer) = installed(Peer::Postfix, "smtp-sink") else { return };
    // What the server does, and what becomes of the letter.
    let table: [(&[&str], &str); 13] = [
        (&[], "taken"),
        (&["-w", "1"], "taken"),
        (&["-r", "rcpt"], "later"),
        (&["-r", "mail"], "later"),
        (&["-r", "."], "later"),
        (&["-f", "mail"], "shut out"),
        (&["-f", "connect"], "shut out"),
        (&["-f", "rcpt", "-B", "550 5.1.1 User unknown"], "bounced"),
        (&["-f", "rcpt", "-B", "554 5.7.1 Relay access denied"], "shut out"),
        (&["-f", "."], "never"),
        (&["-q", "data"], "later"),
        (&["-q", "rcpt"], "later"),
        // Whether it has the letter, nobody knows.
        (&["-q", "."], "unknown"),
    ];
    for (options, expected) in table {
        let port = free_port();
        let mut command = Command::new(peer.join("root/usr/sbin/smtp-sink"));
        command.env("LD_LIBRARY_PATH", peer.join("root/usr/lib/postfix"));
        if rustix::process::geteuid().is_root() {
            command.args(["-u", "root"]);
        }
        command.args(options).arg(format!("127.0.0.1:{port}")).arg("50");
        let _server =
            Process::start(command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()));
        wait_for(port);
        let end = relay(port, Security::Never, None, false).carry(&letter(1));
        assert_eq!(word(meaning(&end).as_ref()), expected, "{options:?}: {end}");
    }
}
