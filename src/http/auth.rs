//! Authorization: requires a bearer token, and refuses requests from web pages of other sites.

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{self, HeaderMap};
use actix_web::middleware::Next;
use actix_web::{Error, web};

use super::problem::Problem;
use super::state::State;

/// Whether the request does not come from a web page of another site. A browser sends the page's site in
/// `Origin`; without this check any page could send requests to a server without tokens.
fn comes_from_here(headers: &HeaderMap) -> bool {
    let Some(origin) = headers.get(header::ORIGIN) else { return true };
    let site = origin.to_str().ok().and_then(|origin| origin.split_once("://")).map(|(_, site)| site);
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok());
    site.is_some() && site == host
}

/// Requires a bearer token on private or mutating routes.
pub(crate) async fn require_token(
    state: web::Data<State>,
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse, Error> {
    if !comes_from_here(request.headers()) {
        Ok(request.error_response(Problem::foreign_page()))
    } else if state.tokens.admit(request.headers()) {
        Ok(next.call(request).await?.map_into_boxed_body())
    } else {
        Ok(request.error_response(Problem::unauthorized()))
    }
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::{HOST, HeaderMap, HeaderValue, ORIGIN};

    use super::comes_from_here;

    #[test]
    fn requests_from_pages_of_other_sites_are_refused() {
        let table = [
            (None, true),
            (Some("http://127.0.0.1:8080"), true),
            (Some("http://evil.example"), false),
            (Some("http://127.0.0.1:8081"), false),
            (Some("null"), false),
        ];
        for (origin, welcome) in table {
            let mut headers = HeaderMap::new();
            headers.insert(HOST, HeaderValue::from_static("127.0.0.1:8080"));
            if let Some(origin) = origin {
                headers.insert(ORIGIN, HeaderValue::from_static(origin));
            }
            assert_eq!(comes_from_here(&headers), welcome, "{origin:?}");
        }
    }
}
