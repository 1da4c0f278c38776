//! HTML pages for buyers: small, self-contained, without scripts, and never cached.

use std::fmt::Write;

use actix_web::HttpResponse;
use actix_web::dev::ServiceResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderName};

use crate::config::serve::Mode;

/// What a page may load and do: only its own style and its own form.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'; \
                      frame-ancestors 'none'";

const STYLE: &str = "body{font:1.1rem/1.5 system-ui,sans-serif;max-width:32rem;margin:3rem auto;padding:0 1rem}\
                     dt{font-weight:bold}dd{margin:0 0 .5rem}\
                     button{font:inherit;font-weight:bold;padding:.6rem 1.6rem;cursor:pointer}";

const REFERRER_POLICY: HeaderName = HeaderName::from_static("referrer-policy");

/// Tells the response stamp that a response is a page: it is not turned into a problem, whatever its status.
struct ForPeople;

/// Whether a response is a page.
pub(crate) fn is_page(response: &ServiceResponse) -> bool {
    response.response().extensions().get::<ForPeople>().is_some()
}

/// A page under construction. All text is escaped, wherever it comes from.
pub(crate) struct HtmlPage {
    status: StatusCode,
    body: String,
}

impl HtmlPage {
    /// Starts a page with this status and heading. Every page says in which mode the shop sells: buyers of a test
    /// read it, and of a live sale it is in the page's head.
    pub(crate) fn new(mode: Mode, status: StatusCode, heading: &str) -> Self {
        let heading = escaped(heading);
        let notice = match mode {
            Mode::Test => {
                "<p><strong>This is a test: no money is taken, and nothing is sent to you.</strong></p>\n"
            }
            Mode::Live => "",
        };
        let body = format!(
            "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta name=\"viewport\" content=\"width=device-width\">\n<meta name=\"robots\" content=\"noindex\">\n\
             <meta name=\"flashtag-mode\" content=\"{mode}\">\n\
             <title>{heading}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n{notice}<h1>{heading}</h1>\n"
        );
        Self { status, body }
    }

    /// Adds a paragraph.
    pub(crate) fn say(self, words: &str) -> Self {
        self.with(&format!("<p>{}</p>\n", escaped(words)))
    }

    /// Adds a list of facts.
    pub(crate) fn list(self, rows: &[(&str, String)]) -> Self {
        let mut list = "<dl>\n".to_owned();
        for (name, value) in rows {
            let written = writeln!(list, "<dt>{}</dt><dd>{}</dd>", escaped(name), escaped(value));
            written.expect("writing to a string cannot fail");
        }
        self.with(&(list + "</dl>\n"))
    }

    /// Adds a button that posts to the page's own address.
    pub(crate) fn button(self, words: &str) -> Self {
        self.with(&format!(
            "<form method=\"post\"><button type=\"submit\">{}</button></form>\n",
            escaped(words)
        ))
    }

    fn with(mut self, html: &str) -> Self {
        self.body.push_str(html);
        self
    }

    /// Returns the response that shows the page.
    pub(crate) fn response(self) -> HttpResponse {
        let mut builder = HttpResponse::build(self.status);
        builder
            .content_type("text/html; charset=utf-8")
            .insert_header((header::CONTENT_SECURITY_POLICY, POLICY))
            // The address is the secret, so no link on the page may send it as the referrer.
            .insert_header((REFERRER_POLICY, "no-referrer"));
        if self.status == StatusCode::SERVICE_UNAVAILABLE {
            builder.insert_header((header::RETRY_AFTER, "1"));
        }
        let mut response = builder.body(self.body + "</body>\n</html>\n");
        response.extensions_mut().insert(ForPeople);
        response
    }
}

/// Escapes text for use in an element and in a quoted attribute.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for ch in text.chars() {
        match ch {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            ch => out.push(ch),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use actix_web::body::MessageBody;
    use actix_web::http::StatusCode;

    use super::{HtmlPage, escaped};
    use crate::config::serve::Mode;

    #[test]
    fn every_page_says_in_which_mode_the_shop_sells() {
        let text = |mode| {
            let page = HtmlPage::new(mode, StatusCode::OK, "Confirm your order").response();
            let body = page.into_body().try_into_bytes().expect("the page is whole");
            String::from_utf8(body.to_vec()).expect("UTF-8")
        };
        let (test, live) = (text(Mode::Test), text(Mode::Live));
        assert!(test.contains("<meta name=\"flashtag-mode\" content=\"test\">"), "{test}");
        assert!(test.contains("This is a test: no money is taken"), "{test}");
        assert!(live.contains("<meta name=\"flashtag-mode\" content=\"live\">"), "{live}");
        assert!(!live.contains("test"), "{live}");
    }

    #[test]
    fn no_text_becomes_markup() {
        let table = [
            ("Kindle Fire HD", "Kindle Fire HD"),
            ("<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;"),
            ("\"><b x='", "&quot;&gt;&lt;b x=&#39;"),
            ("Tom & Jerry &lt;", "Tom &amp; Jerry &amp;lt;"),
        ];
        for (text, expected) in table {
            assert_eq!(escaped(text), expected);
        }
    }
}
