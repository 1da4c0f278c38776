//! A Mastodon server, and the ids of what it holds.

use compact_str::CompactString;
use url::Url;

use crate::domain::id::PostId;

/// Marks, in the id of a post, a repost that is known by the notification about it.
const REPOST: &str = "reblog/";

/// A server, which others call an instance.
///
/// Its ids are its own: another server has the same id for another status. So the id of a post that was heard at
/// a server is `HOST/ID`, and that of a repost, of which only a notification tells, `HOST/reblog/ID`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Server {
    /// Scheme, host and port, without a slash at the end.
    origin: String,
    /// Host and port, as they stand in ids.
    host: CompactString,
}

/// What an id of a post names at its server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Heard<'a> {
    /// A status, by its id.
    Status(&'a str),
    /// A repost, by the id of the notification about it.
    Repost(&'a str),
}

/// The address is not a server's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the server is not https://HOST, without path and user")]
pub struct NotAServer;

impl Server {
    /// Reads the address of a server, as `https://mastodon.example`.
    ///
    /// # Errors
    /// When it is not the address of a whole server.
    pub fn parse(address: &str) -> Result<Self, NotAServer> {
        let url = Url::parse(address).map_err(|_| NotAServer)?;
        let bare = url.path() == "/" && url.query().is_none() && url.fragment().is_none();
        let anonymous = url.username().is_empty() && url.password().is_none();
        let host = url.host_str().filter(|_| bare && anonymous && matches!(url.scheme(), "http" | "https"));
        let mut host = CompactString::from(host.ok_or(NotAServer)?);
        if let Some(port) = url.port() {
            host = compact_str::format_compact!("{host}:{port}");
        }
        Ok(Self { origin: format!("{}://{host}", url.scheme()), host })
    }

    /// Host and port, as they stand in ids.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The address of `path`, which begins with a slash.
    #[must_use]
    pub fn at(&self, path: &str) -> String {
        format!("{}{path}", self.origin)
    }

    /// The address of the server's streams, unless it names another one: the same host.
    #[must_use]
    pub fn default_streaming(&self) -> String {
        // `http` becomes `ws`, and `https` becomes `wss`.
        self.origin.replacen("http", "ws", 1)
    }

    /// The id of a post for a status of this server; `None` if the id is none.
    #[must_use]
    pub fn post(&self, status: &str) -> Option<PostId> {
        PostId::parse_reference(&format!("{}/{status}", self.host)).ok().filter(|_| !status.is_empty())
    }

    /// The id of a post for a repost, by the notification about it.
    #[must_use]
    pub fn repost_id(&self, notification: &str) -> String {
        format!("{}/{REPOST}{notification}", self.host)
    }

    /// What a post's id names at this server; `None` if it names something at another one. An id without a host came with
    /// a post that was read from a file or a request; it is taken for this server's.
    #[must_use]
    pub fn heard<'a>(&self, post: &'a str) -> Option<Heard<'a>> {
        let Some((host, id)) = post.split_once('/') else { return Some(Heard::Status(post)) };
        if host != self.host {
            return None;
        }
        Some(id.strip_prefix(REPOST).map_or(Heard::Status(id), Heard::Repost))
    }
}

#[cfg(test)]
mod tests {
    use super::{Heard, NotAServer, Server};

    #[test]
    fn a_server_is_scheme_host_and_port() {
        for (address, at, streaming, host) in [
            ("https://a.example", "https://a.example/x", "wss://a.example", "a.example"),
            ("https://A.example/", "https://a.example/x", "wss://a.example", "a.example"),
            ("http://127.0.0.1:8801", "http://127.0.0.1:8801/x", "ws://127.0.0.1:8801", "127.0.0.1:8801"),
        ] {
            let server = Server::parse(address).unwrap();
            assert_eq!((server.at("/x"), server.default_streaming()), (at.to_owned(), streaming.to_owned()));
            assert_eq!(server.host(), host);
        }
        for address in
            ["a.example", "https://", "ftp://a.example", "https://a.example/x", "https://ana@a.example"]
        {
            assert_eq!(Server::parse(address), Err(NotAServer), "{address}");
        }
    }

    #[test]
    fn an_id_names_its_server() {
        let server = Server::parse("https://a.example").unwrap();
        assert_eq!(server.post("17").unwrap().to_string(), "a.example/17");
        assert_eq!(server.post(""), None);
        assert_eq!(server.repost_id("9"), "a.example/reblog/9");
        for (post, heard) in [
            ("a.example/17", Some(Heard::Status("17"))),
            ("a.example/reblog/9", Some(Heard::Repost("9"))),
            ("17", Some(Heard::Status("17"))),
            ("b.example/17", None),
        ] {
            assert_eq!(server.heard(post), heard, "{post}");
        }
    }
}
