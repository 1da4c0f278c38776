//! From `/link` to a network's page and back, and on to a card.

use super::door::Door;
use super::visitor::{Visitor, counted};
use crate::crash::server::Http;
use crate::http::linking::assert_page;

/// Somebody signs in at the network and links a card, and others try to come in on that sign-in. Who signed in is who buys:
/// `claim` posts for the kettle as that person, and returns the shop's reply.
pub(crate) fn whole_way<D: Door>(shop: &Http, door: &D, claim: impl FnOnce(&str) -> String) {
    const WHO: &str = "ana-buyer";
    let mut ana = Visitor::of(shop);
    let (tokens, page) = (door.tokens(), ana.leave(door, WHO));
    let back = door.let_in(WHO, &page);

    // Two browsers with one state: the sign-in stays with the one that began it.
    let mut eve = Visitor::of(shop);
    eve.leave(door, "passer-by");
    for (mut stranger, number) in [eve, Visitor::of(shop)].into_iter().zip(1..) {
        assert_page(&stranger.come_back(&back), 400, "You are not signed in");
        assert_eq!(counted(shop, "other_browser"), number);
        assert_page(&stranger.browser.open("/me"), 403, "Sign in first");
    }
    let mut twin = ana.clone();
    let consent = ana.come_back(&back);
    let words = format!("{} at {} is yours", door.called(WHO), D::LABEL);
    assert!(consent.body.contains(&words), "{words:?} is not in {consent:?}");
    assert_eq!(door.tokens(), tokens, "what the network gave is revoked at once");
    let done = ana.link_card(&consent);
    assert_page(&done, 200, "Your card is linked");
    assert!(done.body.contains("#BuyKettle"), "{done:?}");
    // The same return a second time, with the cookies of the first.
    assert_page(&twin.come_back(&back), 400, "You are not signed in");
    assert_eq!(counted(shop, "unknown_flow"), 1);

    let prompt = claim(WHO);
    assert!(prompt.contains("#ConfirmKettle"), "{prompt:?}");
    assert!(ana.browser.open("/me").body.contains("reserved: 1"));
}
