//! What the texts leave out or add because of the network on which they stand.

use flashtag::domain::effect::{Announcement, Effect, ReplyRequest};
use flashtag::domain::id::{Account, Network};
use flashtag::domain::offering::Offering;
use flashtag::domain::outcome::Outcome;
use flashtag::domain::terms::Terms;
use flashtag::domain::time::Millis;
use flashtag::text::length::characters;

use super::super::{at, reply_request, terms, words};
use super::{MINUTE, refusal};

/// On X a link costs twenty times a reply.
#[test]
fn a_reply_names_the_linking_page_where_links_are_free_or_paid_for() {
    let on = |network: Network, author: &str| ReplyRequest {
        account: Account::parse(network, author).unwrap(),
        ..refusal(Outcome::NotLinked)
    };
    let table = [
        (on(Network::X, "42"), false, "first link your card on our page, then reply #"),
        (on(Network::X, "42"), true, "first link your card at https://shop.example/link, then reply #"),
        (
            on(Network::Bluesky, "did:plc:ana"),
            false,
            "first link your card at https://shop.example/link, then post #",
        ),
    ];
    for (request, has_paid_links, expected) in table {
        let words = words().with_link_url(Some("https://shop.example/link")).with_paid_links(has_paid_links);
        let text = words.post_text(&Effect::Reply(request), &terms().into(), at(0)).unwrap();
        assert!(text.contains(expected), "{text}");
    }
}

/// X does not tell when a buyer deletes a post.
#[test]
fn nobody_is_told_to_delete_a_post_where_that_is_not_told() {
    let mut one_step = terms();
    one_step.confirm_within = Millis::ZERO;
    (one_step.tags.confirm, one_step.tags.cancel) = (None, None);
    let on = |network: Network, author: &str| {
        let account = Account::parse(network, author).unwrap();
        let request = ReplyRequest { account, place: Some(3), ..refusal(Outcome::Waitlisted) };
        words().post_text(&Effect::Reply(request), &one_step.clone().into(), at(0)).unwrap()
    };
    let (x, bluesky) = (on(Network::X, "42"), on(Network::Bluesky, "did:plc:ana"));
    assert!(x.ends_with("it is ordered and charged at once."), "{x}");
    assert!(bluesky.ends_with("charged at once; to leave the line before, delete your post."), "{bluesky}");
}

/// The servers of the shop's accounts tell how long a post may be there.
#[test]
fn on_a_server_with_shorter_posts_texts_are_shortened_and_say_the_same() {
    const NAME: usize = 64;
    let title = "The Northwind enamel kettle in forest green, 1.2 litres, with a lid of beech and a filter";
    let terms = Terms { title: title.into(), networks: vec![Network::Mastodon], ..terms() };
    let ana = Account::parse_linked(Network::Mastodon, "https://b.example/users/ana").unwrap();
    let prompt = ReplyRequest {
        account: ana,
        deadline: Some(at(15 * MINUTE)),
        ..reply_request(Outcome::Reserved, Some(1))
    };
    let opening = Effect::Announce {
        network: Network::Mastodon,
        offer: flashtag::domain::id::OfferNo(0),
        announcement: Announcement::Opening,
    };
    let words = words();
    // The server's limit, and whether the texts name the whole title, or its beginning.
    for (most, whole, beginning) in
        [(5_000, true, true), (500, true, true), (230, false, true), (140, false, false)]
    {
        words.lengths().learn(Network::Mastodon, "shop", most);
        let reply = words.reply(&prompt, &terms, at(0)).unwrap();
        let announcement = words.post_text(&opening, &Offering::from(terms.clone()), at(0)).unwrap();
        assert!(characters(&reply) + NAME <= most.min(500), "{most}: {reply}");
        assert!(characters(&announcement) <= most.min(500), "{most}: {announcement}");
        assert_eq!(announcement.contains(title), whole, "{announcement}");
        for fact in ["#BuyKindleFireHD", "149.99 USD", "Ends "] {
            assert!(announcement.contains(fact), "{most}: {announcement}");
        }
        if beginning {
            assert!(
                reply.contains("#ConfirmKindleFireHD") && reply.contains("The Northwind"),
                "{most}: {reply}"
            );
        }
    }
}
