//! What is asked for too late: a sign-in that took long, a session that rests, and one that is not fresh.

use super::browser::Browser;
use super::linking::{BOXES, assert_page, counted, link, return_of};
use super::served::Served;

#[test]
fn what_lets_an_account_buy_or_takes_its_card_asks_for_a_sign_in_of_the_last_minutes() {
    let mut served = Served::open();
    let mut ana = Browser::new(served.address);
    link(&mut ana, "x", "77");
    served.restart_after_minutes(9);
    let mut ana = ana.moved(served.address);
    let me = ana.open("/me");
    let me = ana.submit(&me, "/me/freeze", &[]);
    let me = ana.submit(&me, "/me/unfreeze", &[]);
    assert!(!me.body.contains("Buying is frozen"), "{me:?}");
    served.restart_after_minutes(1);
    let mut ana = ana.moved(served.address);
    // Stopping is free, and nothing else is.
    let me = ana.submit(&me, "/me/stop", &[]);
    let me = ana.submit(&me, "/me/freeze", &[]);
    assert!(me.body.contains("Buying is frozen") && me.body.contains("You get no replies"), "{me:?}");
    let address: &[(&str, &str)] = &[("letters", "yes"), ("address", "eve@example.com")];
    let table: [(&str, &[(&str, &str)]); 5] = [
        ("/me/unfreeze", &[]),
        ("/me/unlink", &[]),
        ("/me/erase", &[("sure", "yes")]),
        ("/me/address", address),
        ("/link/card", &BOXES),
    ];
    for (action, fields) in table {
        let before = counted(&served, "not_fresh");
        let page = ana.press(&me, action, fields);
        assert_page(&page, 403, "Sign in once more");
        assert!(
            page.body.contains("Nothing was changed") && page.body.contains("href=\"/link\""),
            "{page:?}"
        );
        assert_eq!(counted(&served, "not_fresh"), before + 1, "{action}");
    }
    let account = served.get("/v1/accounts/x/77").json();
    assert_eq!((&account["frozen"], &account["card"]["last4"]), (&true.into(), &"4242".into()), "{account}");
    // Once more signed in, she may.
    let back = return_of(&mut ana, "x", "77");
    let me = ana.open(&back);
    assert!(!ana.submit(&me, "/me/unfreeze", &[]).body.contains("Buying is frozen"));
}

#[test]
fn a_session_ends_by_rest() {
    let mut served = Served::open();
    let mut ana = Browser::new(served.address);
    link(&mut ana, "x", "77");
    served.restart_after_minutes(30);
    let mut ana = ana.moved(served.address);
    assert_page(&ana.open("/me"), 403, "Sign in first");
    assert_eq!(counted(&served, "signed_out"), 1);
}

#[test]
fn a_sign_in_that_takes_longer_than_ten_minutes_is_over() {
    let mut served = Served::open();
    let mut ana = Browser::new(served.address);
    let back = return_of(&mut ana, "x", "77");
    served.restart_after_minutes(10);
    let mut ana = ana.moved(served.address);
    let page = ana.get(&back);
    assert_page(&page, 400, "You are not signed in");
    assert!(page.body.contains("took longer than ten minutes"), "{page:?}");
    assert_eq!(counted(&served, "late"), 1);
    assert_page(&ana.open("/me"), 403, "Sign in first");
}
