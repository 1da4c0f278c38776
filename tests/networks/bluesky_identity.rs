//! From an author to the author's server.

use flashtag::networks::bluesky::{Directory, IdentityFault, pds_of};

use super::{answer, shown};

#[test]
fn where_the_document_of_a_did_is() {
    let directory = Directory { address: "http://127.0.0.1:2582/".to_owned() };
    let table = [
        ("did:plc:ana", Some("GET http://127.0.0.1:2582/did:plc:ana")),
        ("did:web:ana.example", Some("GET https://ana.example/.well-known/did.json")),
        ("did:web:ana.example:path", None),
        ("did:web:ana.example%3A8080", None),
        ("did:web:localhost", None),
        ("did:plc:../x", None),
        ("did:plc:a?b", None),
        ("did:key:zQ3sh", None),
        ("ana.example", None),
        ("", None),
    ];
    for (did, expected) in table {
        let request = directory.document(did).ok().map(|request| shown(&request));
        assert_eq!(request.as_deref(), expected, "{did}");
    }
    assert_eq!(Directory::default().address, "https://plc.directory");
}

#[test]
fn what_a_document_says_about_the_server() {
    let document = |id: &str, service: &str, kind: &str, endpoint: &str| {
        format!(
            r##"200 | {{"@context":[],"id":"{id}","service":[{{"id":"#other","type":"Other","serviceEndpoint":{{"a":1}}}},{{"id":"{service}","type":"{kind}","serviceEndpoint":{endpoint}}}]}}"##
        )
    };
    let pds = "AtprotoPersonalDataServer";
    let ok = |text: &str| Ok(text.to_owned());
    let none = Err(IdentityFault::NoServer);
    let denied = |status: &str, words: &str| format!(r#"{status} | {{"message":"{words}"}}"#);
    let says_nothing = |status: u16| Err(IdentityFault::Unreachable(format!("status {status}").into()));
    let table = [
        (document("did:plc:ana", "#atproto_pds", pds, r#""https://pds.example""#), ok("https://pds.example")),
        (
            document("did:plc:ana", "#atproto_pds", pds, r#""https://pds.example/""#),
            ok("https://pds.example"),
        ),
        (
            document("did:plc:ana", "did:plc:ana#atproto_pds", pds, r#""http://127.0.0.1:2583""#),
            ok("http://127.0.0.1:2583"),
        ),
        (document("did:plc:eve", "#atproto_pds", pds, r#""https://pds.example""#), none.clone()),
        (document("did:plc:ana", "#bsky_fg", pds, r#""https://pds.example""#), none.clone()),
        (document("did:plc:ana", "#atproto_pds", "Other", r#""https://pds.example""#), none.clone()),
        (document("did:plc:ana", "#atproto_pds", pds, r#""https://pds.example/x?y=1""#), none.clone()),
        (document("did:plc:ana", "#atproto_pds", pds, r#""https://u:p@pds.example""#), none.clone()),
        (document("did:plc:ana", "#atproto_pds", pds, r#""file:///etc/passwd""#), none.clone()),
        (document("did:plc:ana", "#atproto_pds", pds, "7"), none.clone()),
        ("200 | <html>".to_owned(), none),
        (denied("404", "DID not registered: did:plc:ana"), Err(IdentityFault::Gone)),
        (denied("404", "DID not available: did:plc:ana"), Err(IdentityFault::Gone)),
        (denied("410", "DID not available: did:plc:ana"), Err(IdentityFault::Gone)),
        // The directory says nothing of this DID.
        (denied("404", "DID not registered: did:plc:eve"), says_nothing(404)),
        (denied("404", "Route GET:/did:plc:ana not found"), says_nothing(404)),
        ("404 | ".to_owned(), says_nothing(404)),
        ("404 | <html>Not Found".to_owned(), says_nothing(404)),
        (r#"404 | {"message":"DID not regi"#.to_owned(), says_nothing(404)),
        ("410 | ".to_owned(), says_nothing(410)),
        ("503 | ".to_owned(), Err(IdentityFault::Unreachable("status 503".into()))),
    ];
    for (text, expected) in table {
        assert_eq!(pds_of("did:plc:ana", &answer(&text)), expected, "{text}");
    }
}
