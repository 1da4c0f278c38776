//! People who open an address that shows nothing: they get a page, and programs a problem.

use super::browser::Browser;
use super::linking::assert_page;
use super::page_routes::page_routes;
use super::served::Served;

/// What browsers accept.
pub(crate) const ACCEPT: &str = "Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";

fn refused(served: &Served, code: &str) -> u64 {
    let metrics = served.get("/metrics").body;
    let start = format!("flashtag_http_rejected_total{{code=\"{code}\"}} ");
    let line = metrics.lines().find_map(|line| line.strip_prefix(&start));
    line.map_or(0, |count| count.parse().unwrap())
}

#[test]
fn a_mistyped_address_is_answered_with_a_page_for_people_and_a_problem_for_programs() {
    let served = Served::open();
    let mut ana = Browser::new(served.address);
    for path in ["/", "/links", "/me/nothing/here", "/confirm"] {
        let before = refused(&served, "not_found");
        ana.headers = vec![ACCEPT.to_owned()];
        let page = ana.get(path);
        assert_page(&page, 404, "There is nothing here");
        assert!(page.body.contains("href=\"/link\""), "{page:?}");
        assert_eq!(
            page.header("content-security-policy").map(|policy| policy.starts_with("default-src 'none'")),
            Some(true)
        );
        ana.headers = vec!["Accept: */*".to_owned()];
        ana.get(path).assert_problem(404, "not_found");
        assert_eq!(refused(&served, "not_found"), before + 2, "each is counted once");
    }
    // Who opens what programs ask for sees what they see.
    ana.headers = vec![ACCEPT.to_owned()];
    ana.get("/v1/offers/none").assert_problem(404, "not_found");
}

/// The proxy in front ends TLS, and passes the public name on. Each row: under which name and path, and whether the browser
/// is told to come by TLS alone.
#[test]
fn browsers_that_come_by_tls_are_told_to_stay_with_it() {
    let served = Served::open();
    let table = [
        ("shop.example", "/link", 200, true),
        ("shop.example", "/me", 403, true),
        ("shop.example", "/confirm/none", 404, true),
        ("shop.example", "/link/none", 404, true),
        ("shop.example", "/healthz", 200, true),
        ("shop.example", "/v1/offers", 421, true),
        ("localhost", "/link", 200, false),
        ("127.0.0.1", "/me", 403, false),
        ("localhost", "/v1/offers", 200, false),
    ];
    for (host, path, status, is_told) in table {
        let answer = Browser::at(served.address, host).get(path);
        let told = answer.header("strict-transport-security");
        let expected = is_told.then_some("max-age=31536000");
        assert_eq!((answer.status, told), (status, expected), "{host}{path}: {answer:?}");
    }
    let mut ana = Browser::at(served.address, "shop.example");
    let went_on = {
        let first = ana.get("/link");
        ana.press(&first, "/link/start", &[])
    };
    assert_eq!((went_on.status, went_on.header("strict-transport-security").is_some()), (303, true));
    // The proxy says that this one came without.
    ana.headers = vec!["X-Forwarded-Proto: http".to_owned()];
    assert_eq!(ana.get("/link").header("strict-transport-security"), None);
}

/// Who reloads the page behind a button opens the button's own address.
#[test]
fn the_address_of_a_button_is_answered_with_a_page() {
    let served = Served::open();
    let mut ana = Browser::new(served.address);
    ana.headers = vec![ACCEPT.to_owned()];
    let routes = page_routes();
    let shown = |path: &str| routes.iter().any(|(method, own)| method == "GET" && own == path);
    let mut buttons = 0;
    for (_, path) in routes.iter().filter(|(method, path)| method == "POST" && !shown(path)) {
        buttons += 1;
        let page = ana.get(&path.replace("{action}", "unlink"));
        assert_page(&page, 405, "Start again");
        assert_eq!(page.header("allow"), Some("POST"), "{page:?}");
    }
    assert!(buttons > 5, "{buttons}");
    // A form that is too large is told of in words as well.
    let large = "x".repeat(100_000);
    let page = ana.post("/link/start", &[("typed", &large)]);
    assert_page(&page, 413, "That did not work");
}
