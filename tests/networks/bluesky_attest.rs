//! A post is read again at its author's own server before a card is asked.

use flashtag::net::Unanswered;
use flashtag::networks::bluesky::{Attestation, AttestationStep, Directory, Verdict};

use super::{answer, shown};

const URI: &str = "at://did:plc:ana/app.bsky.feed.post/3k2a";
const DOCUMENT: &str = r##"200 | {"id":"did:plc:ana","service":[{"id":"#atproto_pds","type":"AtprotoPersonalDataServer","serviceEndpoint":"https://pds.ana"}]}"##;
const ASKS_DIRECTORY: &str = "GET https://plc.directory/did:plc:ana";
const ASKS_SERVER: &str = "GET https://pds.ana/xrpc/com.atproto.repo.getRecord?repo=did%3Aplc%3Aana&collection=app.bsky.feed.post&rkey=3k2a";

/// The requests of a reading, and its verdict.
fn read(uri: &str, answers: &[&str]) -> (Vec<String>, Verdict) {
    play(Attestation::new(uri.parse().unwrap(), "bafy1", Directory::default()), answers)
}

fn play(mut reading: Attestation, answers: &[&str]) -> (Vec<String>, Verdict) {
    let (mut requests, mut answers) = (Vec::new(), answers.iter());
    loop {
        match reading.next() {
            AttestationStep::Over(verdict) => {
                assert_eq!(answers.next(), None, "every answer was asked for");
                return (requests, verdict);
            }
            AttestationStep::Ask(request) => requests.push(shown(&request)),
        }
        match *answers.next().expect("no more is asked than the test answers") {
            "lost" => reading.answered(Err(Unanswered::Unknown("timeout".into()))),
            text => reading.answered(Ok(answer(text))),
        }
    }
}

#[test]
fn the_verdict_is_that_of_the_authors_own_server() {
    let unreachable = |reason: &str| Verdict::Unreachable { reason: reason.into() };
    let record =
        |uri: &str, cid: &str| format!(r#"200 | {{"uri":"{uri}","cid":"{cid}","value":{{"text":"x"}}}}"#);
    let (same, other, elsewhere) = (
        record(URI, "bafy1"),
        record(URI, "bafy2"),
        record("at://did:plc:eve/app.bsky.feed.post/3k2a", "bafy1"),
    );
    let table = [
        (same.as_str(), Verdict::Same),
        (other.as_str(), Verdict::Differs { cid: "bafy2".into() }),
        (elsewhere.as_str(), unreachable("the server answers with another record")),
        (r#"400 | {"error":"RecordNotFound","message":"x"}"#, Verdict::Gone),
        (r#"400 | {"error":"RepoDeactivated","message":"x"}"#, Verdict::Gone),
        (r#"400 | {"error":"InvalidRequest","message":"x"}"#, unreachable("400 InvalidRequest: x")),
        ("429 | ", unreachable("429 : ")),
        ("500 | ", unreachable("500 : ")),
        ("302 location: https://evil.example | ", unreachable("302 : ")),
        ("lost", unreachable("no answer: timeout")),
    ];
    for (record, verdict) in table {
        let expected = (vec![ASKS_DIRECTORY.to_owned(), ASKS_SERVER.to_owned()], verdict);
        assert_eq!(read(URI, &[DOCUMENT, record]), expected, "{record}");
    }
}

#[test]
fn an_author_whose_server_is_not_known_is_gone_or_unreachable() {
    let asked = vec![ASKS_DIRECTORY.to_owned()];
    let unreachable = |reason: &str| Verdict::Unreachable { reason: reason.into() };
    let denied = r#"404 | {"message":"DID not available: did:plc:ana"}"#;
    assert_eq!(read(URI, &[denied]), (asked.clone(), Verdict::Gone));
    for unsaid in ["404 | ", "410 | <html>", r#"404 | {"message":"DID not avai"#] {
        let status = unsaid.split(' ').next().unwrap();
        let expected = unreachable(&format!("the directory does not answer: status {status}"));
        assert_eq!(read(URI, &[unsaid]), (asked.clone(), expected), "{unsaid}");
    }
    assert_eq!(read(URI, &["lost"]), (asked.clone(), unreachable("no answer: timeout")));
    assert_eq!(
        read(URI, &["500 | "]),
        (asked.clone(), unreachable("the directory does not answer: status 500"))
    );
    assert_eq!(
        read(URI, &[r#"200 | {"id":"did:plc:eve","service":[]}"#]),
        (asked, unreachable("the DID's document names no server"))
    );
    let nobody = "at://did:key:zQ3sh/app.bsky.feed.post/3k2a";
    assert_eq!(read(nobody, &[]), (Vec::new(), Verdict::Gone));
}

/// An author may have left the server that is remembered, so it can agree with what was heard, and nothing else.
#[test]
fn a_remembered_server_is_believed_only_if_the_post_stands_there_as_it_was_heard() {
    let record = |cid: &str| format!(r#"200 | {{"uri":"{URI}","cid":"{cid}","value":{{"text":"x"}}}}"#);
    let (same, other) = (record("bafy1"), record("bafy2"));
    let at_old = ASKS_SERVER.replace("pds.ana", "old.pds");
    let asked_again = vec![at_old.clone(), ASKS_DIRECTORY.to_owned(), ASKS_SERVER.to_owned()];
    let gone = r#"400 | {"error":"RepoDeactivated","message":"x"}"#;
    let table = [
        (vec![same.as_str()], vec![at_old], Verdict::Same),
        (vec![gone, DOCUMENT, &same], asked_again.clone(), Verdict::Same),
        (vec![&other, DOCUMENT, &same], asked_again.clone(), Verdict::Same),
        (vec!["lost", DOCUMENT, &same], asked_again.clone(), Verdict::Same),
        (vec!["503 | ", DOCUMENT, &other], asked_again.clone(), Verdict::Differs { cid: "bafy2".into() }),
        (vec![gone, DOCUMENT, gone], asked_again, Verdict::Gone),
    ];
    for (answers, requests, verdict) in table {
        let reading = Attestation::new(URI.parse().unwrap(), "bafy1", Directory::default());
        let reading = reading.remembering(Some("https://old.pds"));
        assert_eq!(play(reading, &answers), (requests, verdict), "{answers:?}");
    }
}
