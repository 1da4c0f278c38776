//! Letters to owners of accounts: they leave by a thread of their own, and what bounces is kept.

use std::time::Duration;

use flashtag::clock::Clock;
use flashtag::linking::{OwnerMail, Postbox};
use flashtag::ops::OpsDatabase;
use flashtag::outbox::provider::owner_mail::{ByRelay, OwnerMailer};
use flashtag::words::Letter;

use super::super::at;
use super::super::files::sender;
use super::{Act, LONG, relay, relay_at, run};

fn mail(to: &str) -> OwnerMail {
    let letter = Letter {
        subject: "Is this your address?".to_owned(),
        text: "Open the page.\n".to_owned(),
        html: "<p>Open the page.</p>".to_owned(),
    };
    OwnerMail { to: to.to_owned(), id: "address-7".to_owned(), letter, at: at(7) }
}

/// Waits until it is so; the relay answers meanwhile.
async fn until(mut is_so: impl FnMut() -> bool) {
    while !is_so() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[test]
fn a_letter_leaves_once_and_an_address_that_bounces_gets_no_other() {
    run(async {
        let (url, received) = relay(&[Act::Take, Act::Say("550 5.1.1 no such user\r\n")]).await;
        let place = tempfile::tempdir().unwrap();
        let database = OpsDatabase::open(&place.path().join("ops.sqlite")).unwrap();
        let carrier = Box::new(ByRelay::new(relay_at(&url, LONG), sender()));
        let mailer = OwnerMailer::start(carrier, database.clone(), Clock::start()).unwrap();
        assert!(mailer.post(mail("ana@example.com")) && mailer.post(mail("bea@example.com")));
        until(|| received.borrow().texts.len() == 2).await;
        let hash = |address: &str| database.address_hash(address).unwrap();
        until(|| database.suppressed(&hash("bea@example.com")).unwrap().is_some()).await;
        assert_eq!(database.suppressed(&hash("ana@example.com")).unwrap(), None);
        let texts = &received.borrow().texts;
        for part in [
            "To: ana@example.com\r\n",
            "Subject: Is this your address?\r\n",
            "Message-ID: <address-7@flashtag.invalid>\r\n",
            "Auto-Submitted: auto-generated\r\n",
        ] {
            assert!(texts[0].contains(part), "{part} is not in {}", texts[0]);
        }
        assert!(!texts[0].contains("List-Unsubscribe"), "nobody is on a list yet: {}", texts[0]);
    });
}

#[test]
fn the_postbox_has_a_bound() {
    run(async {
        let (url, received) = relay(&[Act::Silence]).await;
        let place = tempfile::tempdir().unwrap();
        let database = OpsDatabase::open(&place.path().join("ops.sqlite")).unwrap();
        let carrier = Box::new(ByRelay::new(relay_at(&url, LONG), sender()));
        let mailer = OwnerMailer::start(carrier, database, Clock::start()).unwrap();
        assert!(mailer.post(mail("ana@example.com")));
        until(|| received.borrow().texts.len() == 1).await;
        let taken = (0..200).filter(|_| mailer.post(mail("bea@example.com"))).count();
        assert_eq!(taken, 100);
    });
}
