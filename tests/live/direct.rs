//! Reminders as direct messages, where a network has them.

use networks::mastodon;

use super::shop::{OFFERS, Shop, Wanted};
use crate::crash::server::poll;

/// A reminder leaves three minutes before the deadline at the latest, so this one leaves two seconds after the prompt.
const WINDOW: &str = "confirm_within = \"182s\"\nreminder = true";

#[test]
fn a_reminder_on_mastodon_is_seen_by_the_buyer_alone_and_comes_once() {
    let offers = OFFERS.replace("confirm_within = \"15m\"", WINDOW);
    let shop = Shop::<mastodon::World>::open_selling(
        &offers,
        Wanted {
            read: "notifications",
            buyers: &["ana".to_owned()],
            faults: Vec::new(),
            units: 3,
            proxy: None,
            tables: "",
        },
    );
    let claim = shop.post("ana", "@shop #BuyKettle", None);
    let replies = poll(|| shop.replies_to(&claim), |replies| replies.len() == 2);
    let seen_by = |id: &str| shop.network.shared.lock().stage.network.visibility(id);
    let [prompt, reminder] = replies.as_slice() else { panic!("{replies:#?}") };
    assert_eq!(seen_by(&prompt.id), Some("unlisted"), "{prompt:?}");
    assert_eq!(seen_by(&reminder.id), Some("direct"), "{reminder:?}");
    assert!(
        reminder.text.contains("Not confirmed yet: Kettle") && reminder.text.contains("/confirm/"),
        "{reminder:?}"
    );
    shop.post("ana", "@shop #ConfirmKettle", Some(&prompt.id));
    shop.wait_until_sold(1);
    shop.engine.http().wait_until_all_is_done();
    let letters = std::fs::read_dir(shop.path("data/mail/new")).expect("letters").count();
    assert_eq!(letters, 1, "the order alone");
    let direct = shop.replies_to(&claim).iter().filter(|reply| seen_by(&reply.id) == Some("direct")).count();
    assert_eq!(direct, 1);
}
