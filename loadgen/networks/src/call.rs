//! A request as a handler reads it.

use http::Method;
use serde_json::{Map, Value};
use url::form_urlencoded;

use crate::exchange::Request;

/// A request with its query and its body read.
#[derive(Debug, Clone)]
pub(crate) struct Call {
    pub(crate) method: Method,
    /// Begins with a slash; has no slash at its end.
    pub(crate) path: String,
    /// Pairs of the query, in order.
    pub(crate) query: Vec<(String, String)>,
    /// The body, if it is a JSON object or a form; a form's values are texts.
    pub(crate) body: Map<String, Value>,
    /// Whether a body was sent as JSON and is none.
    pub(crate) is_malformed: bool,
    headers: http::HeaderMap,
}

impl Call {
    pub(crate) fn new(request: &Request) -> Self {
        let uri = request.uri();
        let query = uri.query().unwrap_or_default();
        let query = form_urlencoded::parse(query.as_bytes()).into_owned().collect();
        let path = uri.path().trim_end_matches('/');
        let path = if path.is_empty() { "/" } else { path };
        let headers = request.headers().clone();
        let kind = headers.get("content-type").and_then(|value| value.to_str().ok()).unwrap_or_default();
        let (body, is_malformed) = read_body(kind, request.body());
        Self { method: request.method().clone(), path: path.to_owned(), query, body, is_malformed, headers }
    }

    /// The method and the parts of the path, to be matched.
    pub(crate) fn route(&self) -> (&str, Vec<&str>) {
        (self.method.as_str(), self.path.split('/').skip(1).collect())
    }

    /// The value of a header, if it is a text.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// The token of `Authorization: Bearer`.
    pub(crate) fn bearer(&self) -> Option<&str> {
        self.header("authorization")?.strip_prefix("Bearer ").map(str::trim)
    }

    /// The first value of a name in the query.
    pub(crate) fn param(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// All values of a name in the query, also of `name[]`.
    pub(crate) fn params<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        let is_named = move |known: &str| known == name || known.strip_suffix("[]") == Some(name);
        self.query.iter().filter(move |(known, _)| is_named(known)).map(|(_, value)| value.as_str())
    }

    /// A number of the query.
    pub(crate) fn number(&self, name: &str) -> Option<u64> {
        self.param(name)?.parse().ok()
    }

    /// A text of the body.
    pub(crate) fn field(&self, name: &str) -> Option<&str> {
        self.body.get(name)?.as_str()
    }

    /// A text of the body or, if it has none, of the query.
    pub(crate) fn argument(&self, name: &str) -> Option<&str> {
        self.field(name).or_else(|| self.param(name))
    }
}

fn read_body(kind: &str, body: &[u8]) -> (Map<String, Value>, bool) {
    if body.is_empty() {
        return (Map::new(), false);
    }
    if kind.starts_with("application/x-www-form-urlencoded") {
        let pairs = form_urlencoded::parse(body).into_owned();
        return (pairs.map(|(name, value)| (name, Value::String(value))).collect(), false);
    }
    match serde_json::from_slice(body) {
        Ok(Value::Object(fields)) => (fields, false),
        _ => (Map::new(), true),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(uri: &str, kind: &str, body: &str) -> Call {
        let request =
            http::Request::post(uri).header("content-type", kind).header("authorization", "Bearer t1");
        Call::new(&request.body(body.as_bytes().to_vec()).unwrap())
    }

    #[test]
    fn a_query_and_a_body_are_read_in_their_forms() {
        let form = call(
            "/a/b/?types[]=mention&types[]=reblog&limit=80",
            "application/x-www-form-urlencoded",
            "x=1+2",
        );
        assert_eq!(form.route(), ("POST", vec!["a", "b"]));
        assert_eq!(form.params("types").collect::<Vec<_>>(), ["mention", "reblog"]);
        assert_eq!((form.number("limit"), form.number("types[]")), (Some(80), None));
        assert_eq!(form.argument("x"), Some("1 2"));
        assert_eq!(form.bearer(), Some("t1"));
        let json = call("/", "application/json", "{\"x\":\"y\"}");
        assert_eq!((json.field("x"), json.is_malformed), (Some("y"), false));
        assert!(call("/", "application/json", "[1").is_malformed);
    }
}
