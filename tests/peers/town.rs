//! A place where the shop has an account and meets people: a network's own server, or a stand-in.

/// The people of these tests.
pub(crate) const PEOPLE: [&str; 4] = ["ana-buyer", "ben-buyer", "cleo-stranger", "passer-by"];

/// A port that nobody uses at this moment.
pub(crate) fn free_port() -> u16 {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}

/// A post of the shop.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct OwnPost {
    pub(crate) id: String,
    pub(crate) text: String,
    /// The post that it answers.
    pub(crate) reply_to: Option<String>,
}

/// A network with the shop's account, and people who post.
pub(crate) trait Town {
    /// The network's name in the configuration.
    const KIND: &'static str;

    /// Whether the server posts once what is posted twice under one key.
    const HAS_KEYS: bool = true;

    /// Whether the server tells of posts as they are made.
    const HAS_STREAMS: bool = true;

    /// The address of the shop's server.
    fn base(&self) -> String;

    /// The address of the directory of identities; the server itself where the network has none.
    fn directory(&self) -> String {
        self.base()
    }

    /// The keys of `[[network]]` besides name, kind and account. The file with the secret is called `secret`.
    fn keys(&self) -> String;

    /// The shop's account, as posts name their author.
    fn own(&self) -> String;

    /// What people write to mention the shop.
    fn mention(&self) -> String;

    /// What proves that the account is the shop's.
    fn secret(&self) -> String;

    /// The peers that the shop must be allowed to call.
    fn egress(&self) -> Vec<String> {
        [self.base(), self.directory()].map(|address| address.replace("http://", "")).to_vec()
    }

    /// The id of a person, one of [`PEOPLE`], as posts name their author.
    fn author_id(&self, who: &str) -> String;

    /// A person posts.
    fn post(&self, who: &str, text: &str, reply_to: Option<&str>) -> String;

    /// A person reposts.
    fn repost(&self, who: &str, post: &str) -> String;

    /// A person deletes a post. Returns whether the server does that.
    fn delete(&self, who: &str, post: &str) -> bool;

    /// All that the shop posted, oldest first.
    fn own_posts(&self) -> Vec<OwnPost>;

    /// The shop's posts that answer one.
    fn replies_to(&self, post: &str) -> Vec<OwnPost> {
        self.own_posts().into_iter().filter(|own| own.reply_to.as_deref() == Some(post)).collect()
    }
}
