//! HTML pages for buyers: small, self-contained, without scripts, and never cached.

use std::fmt::Write;

use actix_web::HttpResponse;
use actix_web::dev::ServiceResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderName};

use super::escape::escaped;
use super::form::Form;
use crate::config::serve::Mode;

/// What a page may load and do: only its own style and its own form.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'; \
                      frame-ancestors 'none'";

/// The design of the letters, light and dark, from 320 pixels on.
pub(super) const STYLE: &str = "\
:root{color-scheme:light dark;--page:#f2f4f7;--card:#fff;--line:#dfe3e8;--text:#1b232c;--quiet:#5b6672;--go:#0b6e4f;\
--on-go:#fff;--link:#1a5fb4;--field:#767f8a;--bad:#b3261e}\
@media(prefers-color-scheme:dark){:root{--page:#10151a;--card:#1b232c;--line:#3a4652;--text:#eef0f3;--quiet:#aab4bf;\
--go:#12805c;--link:#8ab8f5;--field:#8b96a2;--bad:#f2b8b5}}\
*{box-sizing:border-box}\
body{margin:0;padding:24px 12px;background:var(--page);color:var(--text);font:16px/1.5 Arial,Helvetica,sans-serif}\
main{max-width:560px;margin:0 auto;padding:20px 20px 24px;background:var(--card);border:1px solid var(--line);\
border-radius:8px;overflow-wrap:anywhere}\
h1{font-size:22px;line-height:30px;margin:8px 0 12px}h2{font-size:18px;line-height:26px;margin:28px 0 8px}\
p{margin:0 0 12px}a{color:var(--link)}.shop{font-size:14px;color:var(--quiet);margin:0 0 4px}\
.notice,.fault{border-left:4px solid var(--bad);padding-left:12px}\
.quiet{color:var(--quiet);font-size:14px}\
dt{font-weight:bold}dd{margin:0 0 8px}\
form{margin:0 0 12px}\
button,.go{display:inline-block;min-height:44px;padding:10px 24px;border:2px solid var(--go);border-radius:6px;\
background:var(--go);color:var(--on-go);font:inherit;font-weight:bold;text-decoration:none;cursor:pointer}\
button.plain,.go.plain{background:transparent;border-color:var(--field);color:var(--text)}\
:focus-visible{outline:3px solid var(--link);outline-offset:2px}\
label{display:block;margin:0 0 12px}\
input[type=text],input[type=email]{display:block;width:100%;min-height:44px;margin-top:4px;padding:8px 12px;\
border:1px solid var(--field);border-radius:6px;background:var(--card);color:var(--text);font:inherit}\
.box{display:flex;gap:12px;align-items:flex-start;padding:8px 0;margin:0}\
.box input{flex:none;width:24px;height:24px;margin:0;accent-color:var(--go)}\
fieldset{margin:0 0 16px;padding:8px 16px;border:1px solid var(--line);border-radius:6px}legend{font-weight:bold}";

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
        Self::of_shop("", mode, status, heading)
    }

    /// Starts a page that names the shop above its heading.
    pub(crate) fn of_shop(shop: &str, mode: Mode, status: StatusCode, heading: &str) -> Self {
        let heading = escaped(heading);
        let notice = match mode {
            Mode::Test => {
                "<p class=\"notice\"><strong>This is a test: no money is taken, and nothing is sent to you.</strong></p>\n"
            }
            Mode::Live => "",
        };
        let shop = match shop {
            "" => String::new(),
            shop => format!("<p class=\"shop\">{}</p>\n", escaped(shop)),
        };
        let body = format!(
            "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
             <meta name=\"robots\" content=\"noindex\">\n<meta name=\"flashtag-mode\" content=\"{mode}\">\n\
             <title>{heading}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<main>\n\
             {shop}{notice}<h1>{heading}</h1>\n"
        );
        Self { status, body }
    }

    /// Adds a heading of a part.
    pub(crate) fn part(self, heading: &str) -> Self {
        self.with(&format!("<h2>{}</h2>\n", escaped(heading)))
    }

    /// Adds what is wrong with what was sent.
    pub(crate) fn fault(self, words: &str) -> Self {
        self.with(&format!("<p class=\"fault\" role=\"alert\">{}</p>\n", escaped(words)))
    }

    /// Adds what holds for the whole page.
    pub(crate) fn notice(self, words: &str) -> Self {
        self.with(&format!("<p class=\"notice\">{}</p>\n", escaped(words)))
    }

    /// Adds a link that looks like a button.
    pub(crate) fn go(self, address: &str, words: &str) -> Self {
        self.with(&format!("<p><a class=\"go\" href=\"{}\">{}</a></p>\n", escaped(address), escaped(words)))
    }

    /// Adds a link that looks like a button, where it is not what most people come for.
    pub(crate) fn plain_go(self, address: &str, words: &str) -> Self {
        self.with(&format!(
            "<p><a class=\"go plain\" href=\"{}\">{}</a></p>\n",
            escaped(address),
            escaped(words)
        ))
    }

    /// Adds a form.
    pub(crate) fn form(self, form: Form) -> Self {
        self.with(&form.html())
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
            .insert_header((REFERRER_POLICY, "no-referrer"))
            // No page of another site holds a page of this one by the window in which it opened it.
            .insert_header((header::CROSS_ORIGIN_OPENER_POLICY, "same-origin"));
        if self.status == StatusCode::SERVICE_UNAVAILABLE {
            builder.insert_header((header::RETRY_AFTER, "1"));
        }
        let mut response = builder.body(self.body + "</main>\n</body>\n</html>\n");
        response.extensions_mut().insert(ForPeople);
        response
    }
}

#[cfg(test)]
mod tests {
    use actix_web::body::MessageBody;
    use actix_web::http::StatusCode;

    use super::HtmlPage;
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
}
