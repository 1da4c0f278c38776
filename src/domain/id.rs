//! Ids: of accounts, posts, offers, reservations and effects.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use compact_str::CompactString;
use serde::{Deserialize, Serialize};

pub use crate::text::network::Network;

use crate::collections::id_text::{IdText, Text};
use crate::text::network::{IdGrammar, SANDBOX_PREFIX, sandbox_name};

/// Upper bound on an id from outside, in bytes. The longest known ids are the addresses of Bluesky's records.
pub const ID_BYTES_MAX: usize = 512;

impl FromStr for Network {
    type Err = IdFault;

    fn from_str(name: &str) -> Result<Self, IdFault> {
        Self::ALL.into_iter().find(|network| network.name() == name).ok_or(IdFault::Network)
    }
}

/// The error of a text that is not an id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum IdFault {
    /// No network has this name.
    #[error("the network is none of {}", Network::ALL.map(Network::name).join(", "))]
    Network,
    /// The text is empty.
    #[error("the id is empty")]
    Empty,
    /// The text is longer than [`ID_BYTES_MAX`].
    #[error("the id is longer than 512 bytes")]
    TooLong,
    /// The text has a blank, a control character or a character outside ASCII.
    #[error("the id holds a character that no id has")]
    Character,
    /// The text does not have the form of its network's ids.
    #[error("the id is not {0}, as the network gives them")]
    Form(IdGrammar),
    /// The text begins as the id of a sandbox account, and goes on otherwise.
    #[error("the id is not a sandbox account's: `sandbox:` and a name of 1 to 32 of a-z, 0-9 and -")]
    SandboxName,
    /// The text is the id of a sandbox account, where only authors of the networks are accepted.
    #[error(
        "the id is a sandbox account's: such accounts are only in mode test, and no network tells of them"
    )]
    SandboxAccount,
    /// The text of an account does not have the form `network:author`.
    #[error("the account is not network:author")]
    NotAnAccount,
    /// The text of an effect's key does not have the form `partition/sequence/index`.
    #[error("the key is not partition/sequence/index")]
    NotAKey,
}

/// Checks what ids of every network have in common: visible ASCII of bounded length.
pub(super) fn visible(text: &str) -> Result<IdText, IdFault> {
    match text.len() {
        0 => Err(IdFault::Empty),
        length if length > ID_BYTES_MAX => Err(IdFault::TooLong),
        _ if text.bytes().all(|byte| byte.is_ascii_graphic()) => Ok(text.into()),
        _ => Err(IdFault::Character),
    }
}

/// Checks an id of the given grammar.
fn parse(grammar: IdGrammar, text: &str) -> Result<IdText, IdFault> {
    let id = visible(text)?;
    if grammar.accepts(text) { Ok(id) } else { Err(IdFault::Form(grammar)) }
}

/// The id of an author with the name of its server in small letters, if it has one: names of servers have no
/// case, and one person must not be two accounts.
fn in_one_form(network: Network, text: &str) -> Cow<'_, str> {
    let Some(length) = network.facts().linked_author_id.server_len(text) else { return Cow::Borrowed(text) };
    let (server, path) = text.split_at_checked(length).unwrap_or((text, ""));
    match server.bytes().any(|byte| byte.is_ascii_uppercase()) {
        true => Cow::Owned(server.to_ascii_lowercase() + path),
        false => Cow::Borrowed(text),
    }
}

/// Whose author ids are accepted.
///
/// A sandbox account is an account of a network whose author's id is `sandbox:NAME`. No network has such an id, so nobody real
/// is ever one. What a network tells has [`Authors::OfNetworks`] alone; what people hand in who run a shop may have both, in mode
/// test.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Authors {
    /// Authors of the networks.
    OfNetworks,
    /// Authors of the networks, and sandbox accounts.
    OfNetworksOrSandbox,
}

impl Authors {
    /// Reads an account from its two parts.
    ///
    /// # Errors
    /// Fails if the text is no id of such an author.
    pub fn account(self, network: Network, author: &str) -> Result<Account, IdFault> {
        let author = self.author(network, network.facts().author_id, author)?;
        Ok(Account { network, author })
    }

    /// Reads an account that is linked, from its two parts. Ids that mean somebody else on another server of the network are
    /// refused.
    ///
    /// # Errors
    /// Fails if the text is no such id.
    pub fn linked_account(self, network: Network, author: &str) -> Result<Account, IdFault> {
        let author = self.author(network, network.facts().linked_author_id, author)?;
        Ok(Account { network, author })
    }

    fn author(self, network: Network, grammar: IdGrammar, text: &str) -> Result<AuthorId, IdFault> {
        match parse(grammar, &in_one_form(network, text)) {
            // Only what is no id of the network is looked at again: nearly every author is one of a network.
            Err(IdFault::Form(_)) if text.starts_with(SANDBOX_PREFIX) => self.sandbox_author(text),
            parsed => parsed.map(AuthorId),
        }
    }

    fn sandbox_author(self, text: &str) -> Result<AuthorId, IdFault> {
        sandbox_name(text).ok_or(IdFault::SandboxName)?;
        match self {
            Self::OfNetworks => Err(IdFault::SandboxAccount),
            Self::OfNetworksOrSandbox => Ok(AuthorId(text.into())),
        }
    }
}

/// Reads a number in its one canonical form, so that no id has a second spelling.
fn plain<N: FromStr + fmt::Display>(text: &str) -> Option<N> {
    let number: N = text.parse().ok()?;
    (number.to_string() == text).then_some(number)
}

/// The immutable id of an author on one network. Never a handle: handles change owners.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct AuthorId(IdText);

impl AuthorId {
    /// Reads an author id in the form of `network`.
    ///
    /// # Errors
    /// Fails if the text is no id of that network.
    pub fn parse(network: Network, text: &str) -> Result<Self, IdFault> {
        Account::parse(network, text).map(|account| account.author)
    }

    /// Reads the id of an author who is linked, or of the shop. Ids that mean somebody else on another server
    /// of the network are refused.
    ///
    /// # Errors
    /// Fails if the text is no such id of that network.
    pub fn parse_linked(network: Network, text: &str) -> Result<Self, IdFault> {
        Account::parse_linked(network, text).map(|account| account.author)
    }

    /// Whether it is the id of a sandbox account.
    #[must_use]
    pub fn is_sandbox(&self) -> bool {
        sandbox_name(&self.text()).is_some()
    }

    /// The id as text.
    #[must_use]
    pub fn text(&self) -> Text<'_> {
        self.0.text()
    }
}

impl fmt::Display for AuthorId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// An author of one network. The same id on another network is another account.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Account {
    /// The network of the author.
    pub network: Network,
    /// The author's id on that network.
    pub author: AuthorId,
}

impl Account {
    /// Reads an account of a network's author from its two parts. No sandbox account is read: see [`Authors`].
    ///
    /// # Errors
    /// Fails if the id is no id of that network.
    pub fn parse(network: Network, author: &str) -> Result<Self, IdFault> {
        Authors::OfNetworks.account(network, author)
    }

    /// Reads an account of a network's author that is linked, from its two parts. No sandbox account is read: see [`Authors`].
    ///
    /// # Errors
    /// Fails as [`AuthorId::parse_linked`].
    pub fn parse_linked(network: Network, author: &str) -> Result<Self, IdFault> {
        Authors::OfNetworks.linked_account(network, author)
    }

    /// Whether it is a sandbox account: it stands at no network, whatever network it names.
    #[must_use]
    pub fn is_sandbox(&self) -> bool {
        self.author.is_sandbox()
    }
}

impl fmt::Display for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.network, self.author)
    }
}

/// Reads what [`Display`](fmt::Display) wrote, also of sandbox accounts: where an account came in, [`Authors`] decided about it.
impl FromStr for Account {
    type Err = IdFault;

    fn from_str(text: &str) -> Result<Self, IdFault> {
        let (network, author) = text.split_once(':').ok_or(IdFault::NotAnAccount)?;
        Authors::OfNetworksOrSandbox.account(network.parse()?, author)
    }
}

/// The id of a post on its author's network.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PostId(IdText);

impl PostId {
    /// Reads a post id in the form of `network`.
    ///
    /// # Errors
    /// Fails if the text is no post id of that network.
    pub fn parse(network: Network, text: &str) -> Result<Self, IdFault> {
        parse(network.facts().post_id, text).map(Self)
    }

    /// Reads the id of a post that another post refers to. It need not have the form of the network: the ids
    /// of sandbox replies are effect keys, which no network's own posts have.
    ///
    /// # Errors
    /// Fails if the text is no id at all.
    pub fn parse_reference(text: &str) -> Result<Self, IdFault> {
        visible(text).map(Self)
    }

    /// The id as text.
    #[must_use]
    pub fn text(&self) -> Text<'_> {
        self.0.text()
    }
}

impl fmt::Display for PostId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The name of an offer in the offer file, as `kindle-fire-hd`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct OfferId(CompactString);

impl OfferId {
    /// Reads an offer's name: lower-case letters, digits and inner dashes, at most 64.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        let good = (1..=64).contains(&text.len())
            && text.bytes().all(plain)
            && !text.starts_with('-')
            && !text.ends_with('-');
        good.then(|| Self(CompactString::new(text)))
    }

    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for OfferId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// An offer's number in its partition's journal, given when it was added and never changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct OfferNo(pub u32);

/// A reservation: the n-th of its offer. An order keeps the id of its reservation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ReservationId {
    /// The offer whose units are reserved.
    pub offer: OfferNo,
    /// The ordinal within the offer, from 1.
    pub ordinal: u32,
}

impl ReservationId {
    /// The public id: `kindle-fire-hd.17`. Names of offers have no dots.
    #[must_use]
    pub fn public(&self, offer: &OfferId) -> String {
        format!("{offer}.{}", self.ordinal)
    }

    /// Splits a public id into the offer's name and the ordinal.
    #[must_use]
    pub fn split_public(text: &str) -> Option<(OfferId, u32)> {
        let (offer, ordinal) = text.rsplit_once('.')?;
        Some((OfferId::parse(offer)?, plain(ordinal)?))
    }
}

/// The permanent id of an effect, which is also its idempotency key at every provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct EffectKey {
    /// The partition whose journal holds the record.
    pub partition: u32,
    /// The record's sequence number in that journal.
    pub sequence: u64,
    /// The effect's index in the record, from 0.
    pub index: u32,
}

impl fmt::Display for EffectKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}/{}", self.partition, self.sequence, self.index)
    }
}

impl FromStr for EffectKey {
    type Err = IdFault;

    fn from_str(text: &str) -> Result<Self, IdFault> {
        let mut parts = text.split('/');
        let mut next = || parts.next().ok_or(IdFault::NotAKey);
        let (partition, sequence, index) = (next()?, next()?, next()?);
        if parts.next().is_some() {
            return Err(IdFault::NotAKey);
        }
        Ok(Self {
            partition: plain(partition).ok_or(IdFault::NotAKey)?,
            sequence: plain(sequence).ok_or(IdFault::NotAKey)?,
            index: plain(index).ok_or(IdFault::NotAKey)?,
        })
    }
}
