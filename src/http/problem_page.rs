//! A problem as a page: people who open an address in a browser read no JSON.

use actix_web::dev::ServiceRequest;
use actix_web::http::header::{self, HeaderMap};
use actix_web::http::{Method, StatusCode};
use actix_web::{HttpResponse, web};

use super::html::HtmlPage;
use super::problem::Problem;
use super::refusal_count::count_refusal;
use super::state::State;

/// Paths that programs ask for, by their beginning. Who opens them in a browser wants to see what programs see.
const OF_PROGRAMS: [&str; 4] = ["/v1/", "/healthz", "/readyz", "/metrics"];

/// Somebody who reads pages, and where their sign-in begins.
pub(super) struct Reader {
    link_page: String,
}

impl Reader {
    /// Who sent a request; `None` if it was no browser that shows pages.
    pub(super) fn of(request: &ServiceRequest, state: &State) -> Option<Self> {
        let is_of_programs = OF_PROGRAMS.iter().any(|start| request.path().starts_with(start));
        let opens = [Method::GET, Method::HEAD, Method::POST].contains(request.method());
        (opens && !is_of_programs && accepts_pages(request.headers())).then(|| {
            let site = state.hosts.site(request.request());
            Self { link_page: format!("{}/link", site.path()) }
        })
    }

    /// Counts a refusal and returns it as a page.
    pub(super) fn page(&self, problem: &Problem, state: &web::Data<State>) -> HttpResponse {
        count_refusal(problem.code());
        let status = problem.status();
        let page = |heading, words: &str| {
            HtmlPage::of_shop(state.words.shop(), state.mode, status, heading).fault(words)
        };
        let page = match status {
            StatusCode::NOT_FOUND => page("There is nothing here", "The address may be mistyped."),
            StatusCode::METHOD_NOT_ALLOWED => page(
                "Start again",
                "This address belongs to a button of another page, and shows nothing by itself. Nothing was changed.",
            ),
            StatusCode::SERVICE_UNAVAILABLE => {
                page("One moment", "We cannot tell right now. Try again: nothing is done twice.")
            }
            _ => page("That did not work", &format!("{}. Nothing was changed.", problem.detail())),
        };
        let leads_on = state.linking.is_some()
            && matches!(status, StatusCode::NOT_FOUND | StatusCode::METHOD_NOT_ALLOWED);
        let page = if leads_on { page.go(&self.link_page, "Go to the first page") } else { page };
        let mut response = page.response();
        if let Some((name, value)) = problem.header() {
            response.headers_mut().insert(name, value);
        }
        response
    }
}

/// Whether a browser asks for something to show.
fn accepts_pages(headers: &HeaderMap) -> bool {
    let accepted = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok());
    accepted.is_some_and(|accepted| accepted.split(',').any(|kind| kind.trim().starts_with("text/html")))
}
