//! The link between an account and a card. It holds the card's token, never its number.

use std::fmt;

use arcstr::ArcStr;
use compact_str::CompactString;
use memchr::memchr_iter;
use serde::{Deserialize, Serialize};
use smallvec::SmallVec;

use super::has_address::HasAddress;
use super::id::Account;
use crate::collections::short_text::ShortText;

/// A billing region, as `US-NY`.
pub type Region = ShortText<16>;

/// The last four digits of a card, for display.
pub type Last4 = ShortText<4>;

/// How a card is funded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Funding {
    /// A credit card.
    Credit,
    /// A debit card.
    Debit,
    /// A charge card.
    Charge,
    /// A prepaid card; refused unless an offer names this kind.
    Prepaid,
    /// A company's card; refused unless an offer names this kind.
    Corporate,
}

/// A set of kinds of funding, inline: checking a card follows no pointer.
pub type Fundings = SmallVec<[Funding; 5]>;

impl Funding {
    /// Every kind of funding.
    pub const ALL: [Self; 5] = [Self::Credit, Self::Debit, Self::Charge, Self::Prepaid, Self::Corporate];

    /// The letter of this kind in a link's text.
    const fn letter(self) -> u8 {
        match self {
            Self::Credit => b'c',
            Self::Debit => b'd',
            Self::Charge => b'h',
            Self::Prepaid => b'p',
            Self::Corporate => b'b',
        }
    }
}

/// A card, as the card provider describes it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Card {
    /// The provider's token for it.
    pub token: CompactString,
    /// The brand in lower case, as `amex`.
    pub brand: CompactString,
    /// How it is funded.
    pub funding: Funding,
    /// The last four digits, for display.
    pub last4: CompactString,
}

/// An account, and the card it is linked to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LinkedAccount {
    /// The account that is linked.
    pub account: Account,
    /// The card and the billing region of its owner.
    pub link: Link,
}

/// The last line of a link whose owner's address is kept elsewhere.
const KEPT_ELSEWHERE: &str = "@";

/// The line of a link that has the address.
const EMAIL: usize = 5;

/// What a purchase needs to know of an account: the card, the billing region, and whether there is an address for letters.
///
/// The address itself is in memory only where it comes from the accounts file, and is never stored.
///
/// One shared text with a line for each part; the parts that every claim is checked by come first. The engine
/// holds millions of links and reads one for each post that asks for something: one allocation is one cache
/// miss.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Parts", into = "Parts")]
pub struct Link(ArcStr);

impl Link {
    /// A link to a card, with its owner's e-mail address, which may be empty, and billing region, as `US-NY`.
    ///
    /// # Panics
    /// Panics if one of the texts has more than one line; intake rejects such texts.
    #[must_use]
    pub fn new(card: &Card, email: &str, region: &str) -> Self {
        let lines = [&*card.brand, &*card.last4, region, &*card.token, email];
        assert!(lines.iter().all(|line| !line.contains('\n')), "a part of a link is one line");
        let funding = char::from(card.funding.letter());
        Self(arcstr::format!("{funding}\n{}", lines.join("\n")))
    }

    /// How the card is funded.
    #[must_use]
    pub fn funding(&self) -> Funding {
        let letter = self.letter();
        Funding::ALL.into_iter().find(|each| each.letter() == letter).expect("a link begins with it")
    }

    /// The first byte: the letter of the funding.
    #[must_use]
    pub fn letter(&self) -> u8 {
        self.0.as_bytes().first().copied().unwrap_or_default()
    }

    /// The card's brand in lower case, as `amex`.
    #[must_use]
    pub fn brand(&self) -> &str {
        self.line(1)
    }

    /// The card's last four digits, for display.
    #[must_use]
    pub fn last4(&self) -> &str {
        self.line(2)
    }

    /// The billing region, which the tax rate follows.
    #[must_use]
    pub fn region(&self) -> &str {
        self.billing().region
    }

    /// The card provider's token of the card.
    #[must_use]
    pub fn token(&self) -> &str {
        self.billing().token
    }

    /// The owner's e-mail address, if it is in memory: it comes from the accounts file.
    #[must_use]
    pub fn email(&self) -> Option<&str> {
        Some(self.line(EMAIL)).filter(|email| !email.is_empty() && *email != KEPT_ELSEWHERE)
    }

    /// Whether the owner has an address for letters.
    #[must_use]
    pub fn has_address(&self) -> bool {
        self.billing().has_address
    }

    /// The same link without the address itself, which is kept where people are.
    #[must_use]
    pub fn without_email(&self) -> Self {
        self.with_address_kept(self.has_address())
    }

    /// The same link of an owner whose address, if there is one, is kept where people are.
    #[must_use]
    pub fn with_address_kept(&self, has_address: bool) -> Self {
        let email = if has_address { KEPT_ELSEWHERE } else { "" };
        Self::new(&self.card(), email, self.region())
    }

    /// The card.
    #[must_use]
    pub fn card(&self) -> Card {
        Card {
            token: self.token().into(),
            brand: self.brand().into(),
            funding: self.funding(),
            last4: self.last4().into(),
        }
    }

    /// Whether an offer takes the card: its brand is one of these (empty means any), and its funding is one
    /// of these kinds.
    #[must_use]
    pub fn is_among(&self, brands: &[CompactString], fundings: &[Funding]) -> bool {
        let letter = self.letter();
        (brands.is_empty() || brands.iter().any(|brand| self.is_of(brand)))
            && fundings.iter().any(|funding| funding.letter() == letter)
    }

    /// Whether that is the card's brand, the second line.
    fn is_of(&self, brand: &str) -> bool {
        let after = self.0.as_bytes().get(2..).and_then(|lines| lines.strip_prefix(brand.as_bytes()));
        after.is_some_and(|after| after.starts_with(b"\n"))
    }

    /// The parts that an order copies, read in one pass over the lines.
    #[must_use]
    pub fn billing(&self) -> Billing<'_> {
        let mut lines = self.lines().skip(2);
        let mut next = || lines.next().expect("a link has a line for each part");
        Billing { last4: next(), region: next(), token: next(), has_address: !next().is_empty() }
    }

    fn line(&self, no: usize) -> &str {
        self.lines().nth(no).expect("a link has a line for each part")
    }

    /// The lines. Every claim reads them, and `str::split` searches for each end anew.
    fn lines(&self) -> impl Iterator<Item = &str> {
        let text = self.0.as_str();
        let mut from = 0;
        memchr_iter(b'\n', text.as_bytes()).chain([text.len()]).map(move |end| {
            let line = text.get(from..end).unwrap_or_default();
            from = end + 1;
            line
        })
    }
}

/// The parts of a link that an order copies.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Billing<'l> {
    /// The card's last four digits, for display.
    pub last4: &'l str,
    /// The billing region, which the tax rate follows.
    pub region: &'l str,
    /// The card provider's token of the card.
    pub token: &'l str,
    /// Whether the owner has an address for letters.
    pub has_address: bool,
}

impl fmt::Debug for Link {
    /// Shows only what may be displayed.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Link({} {})", self.brand(), self.last4())
    }
}

/// The stored form of a link.
#[derive(Serialize, Deserialize)]
struct Parts {
    card: Card,
    email: HasAddress,
    region: CompactString,
}

impl From<Parts> for Link {
    fn from(Parts { card, email, region }: Parts) -> Self {
        let there_is_one = if email.is_yes() { KEPT_ELSEWHERE } else { "" };
        Self::new(&card, email.recorded().unwrap_or(there_is_one), &region)
    }
}

impl From<Link> for Parts {
    fn from(link: Link) -> Self {
        Self { card: link.card(), email: link.has_address().into(), region: link.region().into() }
    }
}

#[cfg(test)]
mod tests {
    use super::{Account, Billing, Card, Funding, Link, LinkedAccount};

    fn link(funding: Funding, email: &str) -> Link {
        let card = Card { token: "tok_1".into(), brand: "visa".into(), funding, last4: "4242".into() };
        Link::new(&card, email, "US-NY")
    }

    #[test]
    fn a_link_takes_one_word_and_returns_all_its_parts() {
        assert_eq!(size_of::<Option<Link>>(), size_of::<usize>());
        for funding in Funding::ALL {
            let link = link(funding, "ana@example.com");
            assert_eq!(link.funding(), funding);
            let parts = [link.token(), link.brand(), link.last4(), link.region()];
            assert_eq!(parts, ["tok_1", "visa", "4242", "US-NY"]);
            assert_eq!((link.email(), link.has_address()), (Some("ana@example.com"), true));
            let Billing { last4, region, token, has_address } = link.billing();
            assert_eq!(([token, last4, region], has_address), (["tok_1", "4242", "US-NY"], true));
        }
    }

    #[test]
    fn an_offer_accepts_only_the_brands_and_kinds_that_it_names() {
        let link = link(Funding::Debit, "ana@example.com");
        let (visa, others) = (["amex".into(), "visa".into()], ["amex".into(), "vis".into(), "visa2".into()]);
        assert!(link.is_among(&[], &[Funding::Credit, Funding::Debit]));
        assert!(link.is_among(&visa, &[Funding::Debit]));
        assert!(!link.is_among(&others, &[Funding::Debit]));
        assert!(!link.is_among(&visa, &[Funding::Credit]));
        assert!(!link.is_among(&visa, &[]));
    }

    #[test]
    fn a_link_is_stored_as_the_sequence_of_its_parts_without_the_address() {
        let account: Account = "x:42".parse().unwrap();
        for (email, kept) in [("ana@example.com", "@"), ("", "")] {
            let linked = LinkedAccount { account: account.clone(), link: link(Funding::Charge, email) };
            let stored = postcard::to_stdvec(&linked).unwrap();
            let parts = (account.clone(), "tok_1", "visa", Funding::Charge, "4242", kept, "US-NY");
            assert_eq!(stored, postcard::to_stdvec(&parts).unwrap());
            let read = postcard::from_bytes::<LinkedAccount>(&stored).unwrap();
            assert_eq!(read, LinkedAccount { link: linked.link.without_email(), ..linked });
            assert_eq!((read.link.email(), read.link.has_address()), (None, !email.is_empty()));
        }
    }

    #[test]
    fn an_address_that_an_earlier_release_stored_is_known_and_not_stored_again() {
        let account: Account = "x:42".parse().unwrap();
        let parts = (account, "tok_1", "visa", Funding::Charge, "4242", "ana@example.com", "US-NY");
        let read: LinkedAccount = postcard::from_bytes(&postcard::to_stdvec(&parts).unwrap()).unwrap();
        assert_eq!(read.link.email(), Some("ana@example.com"));
        let again = postcard::to_stdvec(&read).unwrap();
        assert!(!again.windows(3).any(|bytes| bytes == b"ana"));
    }

    #[test]
    fn debug_output_hides_secrets() {
        assert_eq!(format!("{:?}", link(Funding::Credit, "ana@example.com")), "Link(visa 4242)");
    }

    #[test]
    #[should_panic(expected = "one line")]
    fn no_part_contains_a_line_break() {
        drop(link(Funding::Credit, "ana@example.com\n1005"));
    }
}
