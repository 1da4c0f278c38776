//! The server that Bluesky runs, a directory of identities, and people with the official client.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};

use super::child::{Peer, script};
use super::installed::node;
use super::town::{OwnPost, Town};

const SERVER: &str = include_str!("atproto/server.mjs");
const PEOPLE: &str = include_str!("atproto/people.mjs");
const SHOP: &str = "kettle-shop";

/// A server with the shop's account.
pub(crate) struct Atproto {
    people: Peer,
    server: Peer,
    /// Its address.
    base: String,
    /// The directory's address.
    directory: String,
    /// The shop's DID.
    did: String,
    password: String,
    joined: RefCell<BTreeMap<String, String>>,
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("no text: {value}")).to_owned()
}

impl Atproto {
    /// Starts a new server, which nobody has joined but the shop.
    pub(crate) fn start(peer: &Path) -> Self {
        let run = |name: &str, of: &str| {
            let mut command = Command::new(node(peer));
            command.arg(script(peer, name, of));
            command
        };
        let server = Peer::start(run("server.mjs", SERVER));
        let ready = server.read();
        let (base, directory) = (text(&ready["pds"]), text(&ready["plc"]));
        let mut command = run("people.mjs", PEOPLE);
        command.arg(&base);
        let people = Peer::start(command);
        let did = text(&people.ask(&json!({ "do": "join", "name": SHOP }))["did"]);
        let password = text(&people.ask(&json!({ "do": "app-password", "name": SHOP })));
        Self { people, server, base, directory, did, password, joined: RefCell::default() }
    }

    /// The password of a person.
    pub(crate) fn password_of(who: &str) -> String {
        format!("password-of-{who}")
    }

    /// Lets a site, which no name server knows, lead the server to an address of this machine.
    pub(crate) fn leads(&self, site: &str, to: &str) {
        self.server.ask(&json!({ "site": site, "to": to }));
    }
}

impl Town for Atproto {
    const KIND: &'static str = "bluesky";

    fn base(&self) -> String {
        self.base.clone()
    }

    fn directory(&self) -> String {
        self.directory.clone()
    }

    fn keys(&self) -> String {
        let Self { base, directory, .. } = self;
        let socket = base.replace("http://", "ws://");
        format!(
            "host = \"{base}\"\ndirectory = \"{directory}\"\napp_password_file = \"secret\"\n\
             read = \"repositories:{socket}\"\n"
        )
    }

    fn own(&self) -> String {
        self.did.clone()
    }

    fn mention(&self) -> String {
        format!("@{SHOP}.test")
    }

    fn secret(&self) -> String {
        self.password.clone()
    }

    fn author_id(&self, who: &str) -> String {
        let mut joined = self.joined.borrow_mut();
        let join = || text(&self.people.ask(&json!({ "do": "join", "name": who }))["did"]);
        joined.entry(who.to_owned()).or_insert_with(join).clone()
    }

    fn post(&self, who: &str, words: &str, reply_to: Option<&str>) -> String {
        self.author_id(who);
        text(&self.people.ask(&json!({ "do": "post", "name": who, "text": words, "reply_to": reply_to })))
    }

    fn repost(&self, who: &str, post: &str) -> String {
        text(&self.people.ask(&json!({ "do": "repost", "name": who, "uri": post })))
    }

    fn delete(&self, who: &str, post: &str) -> bool {
        self.people.ask(&json!({ "do": "delete", "name": who, "uri": post })) == true
    }

    fn own_posts(&self) -> Vec<OwnPost> {
        let posts = self.people.ask(&json!({ "do": "posts", "did": self.did }));
        let post = |post: &Value| OwnPost {
            id: text(&post["uri"]),
            text: text(&post["text"]),
            reply_to: post["reply_to"].as_str().map(str::to_owned),
        };
        posts.as_array().unwrap().iter().map(post).collect()
    }
}
