//! The audit: clean books pass, and each kind of broken ones is noticed.

use crowd::{PostKind, PostPlan};
use loadgen::audit::{AuditInput, Check, Holder, audit, oversold};
use loadgen::ledger::Ledger;
use loadgen::pacer::SentPost;
use loadgen::target::{OfferState, OutcomeLine};

fn offer(available: u64, reserved: u64, sold: u64) -> OfferState {
    OfferState { id: "hat".into(), allotment: 2, available, reserved, sold, ..OfferState::default() }
}

fn post(post_id: u64, kind: PostKind) -> SentPost {
    SentPost { post_id, scheduled_us: 0, plan: Some(PostPlan { person: post_id, target: 0, kind }) }
}

fn enter(ledger: &mut Ledger, post: SentPost, outcome: &str, reservation: Option<&str>) -> bool {
    let id = post.post_id.to_string();
    let line = OutcomeLine {
        post: Some(id.into()),
        outcome: outcome.into(),
        reservation: reservation.map(Into::into),
        duplicate: false,
        parked_until: None,
    };
    !ledger.record(&[post], &[line]).is_empty()
}

/// Two people who got a reservation and confirmed it.
fn ledger() -> Ledger {
    let mut ledger = Ledger::new(1);
    assert!(enter(&mut ledger, post(1, PostKind::Claim), "reserved", Some("hat.1")));
    assert!(enter(&mut ledger, post(2, PostKind::Claim), "reserved", Some("hat.2")));
    enter(&mut ledger, post(3, PostKind::Confirm), "confirmed", Some("hat.1"));
    enter(&mut ledger, post(4, PostKind::Confirm), "confirmed", Some("hat.2"));
    enter(&mut ledger, post(5, PostKind::Claim), "sold_out", None);
    ledger
}

fn broken(after: OfferState, ledger: &Ledger, holders: &[Holder]) -> Vec<String> {
    broken_of(after, ledger, holders, 0)
}

fn broken_of(after: OfferState, ledger: &Ledger, holders: &[Holder], demanded: u64) -> Vec<String> {
    let before = [offer(2, 0, 0)];
    let books = AuditInput { before: &before, after: &[after], ledger, demanded: &[demanded], holders };
    let broken = audit(&books).into_iter().filter(|check| !check.held);
    broken.map(|Check { promise, .. }| promise).collect()
}

#[test]
fn clean_books_pass() {
    assert!(broken(offer(0, 0, 2), &ledger(), &[]).is_empty());
    assert!(broken(offer(0, 1, 1), &ledger(), &[]).is_empty());
    let holder = Holder { account: "x:1".into(), offer: "hat".into(), held: 1, limit: 1 };
    assert!(broken(offer(0, 0, 2), &ledger(), &[holder]).is_empty());
}

#[test]
fn an_oversold_ledger_fails() {
    let mut told_too_many = ledger();
    assert!(enter(&mut told_too_many, post(6, PostKind::Claim), "reserved", Some("hat.3")));
    let promise = "reservations <= allotment + units that came back";
    assert_eq!(broken(offer(0, 0, 2), &told_too_many, &[]), [promise]);
    let back = OfferState { outcomes: [("expired".to_owned(), 1)].into(), ..offer(0, 0, 2) };
    assert!(broken(back, &told_too_many, &[]).is_empty(), "unless one came back");
    assert_eq!(oversold(&[offer(0, 0, 3)]), 1);
    assert_eq!(broken(offer(0, 0, 3), &ledger(), &[]).len(), 3, "not conserved, oversold, not confirmed");
}

#[test]
fn a_lost_unit_an_unconfirmed_sale_and_a_greedy_account_fail() {
    assert_eq!(broken(offer(0, 0, 1), &ledger(), &[]), ["available + reserved + sold = allotment"]);
    assert_eq!(broken(offer(1, 0, 1), &Ledger::new(1), &[]), ["sold only after a confirmation"]);
    let greedy = Holder { account: "x:1".into(), offer: "hat".into(), held: 2, limit: 1 };
    assert_eq!(broken(offer(0, 0, 2), &ledger(), &[greedy]), ["no account has more than its limit"]);
}

#[test]
fn a_sale_that_did_not_sell_what_was_claimed_fails() {
    let promise = ["what was claimed and could be paid for was sold"];
    let table = [
        ("all sold", offer(0, 0, 2), 2, true),
        ("one is still being paid for", offer(0, 1, 1), 2, true),
        ("one was never asked for", offer(1, 0, 1), 1, true),
        ("nothing was asked for", offer(2, 0, 0), 0, true),
        ("one too few", offer(1, 0, 1), 2, false),
        ("nothing at all", offer(2, 0, 0), 1, false),
        ("all reserved, and nothing sold", offer(0, 2, 0), 2, false),
    ];
    for (sentence, after, demanded, held) in table {
        let expected = if held { &[][..] } else { &promise[..] };
        assert_eq!(broken_of(after, &ledger(), &[], demanded), expected, "{sentence}");
    }
}

#[test]
fn answers_that_no_server_may_give_fail() {
    let promise = "every post got one outcome of its own";
    let wrongs: [fn(&mut Ledger); 3] = [
        |ledger| assert!(ledger.record(&[post(6, PostKind::Claim)], &[]).is_empty()),
        |ledger| assert!(!enter(ledger, post(6, PostKind::Claim), "reserved", Some("hat.1"))),
        |ledger| {
            assert!(!enter(ledger, SentPost { plan: None, ..post(6, PostKind::Claim) }, "waitlisted", None))
        },
    ];
    for wrong in wrongs {
        let mut ledger = ledger();
        wrong(&mut ledger);
        assert_eq!(broken(offer(0, 0, 2), &ledger, &[]), [promise], "{:?}", ledger.invalid_answers);
    }
}

#[test]
fn a_server_that_hides_an_offer_fails() {
    let ledger = ledger();
    let books = AuditInput { before: &[], after: &[], ledger: &ledger, demanded: &[], holders: &[] };
    assert_eq!(audit(&books).iter().filter(|check| !check.held).count(), 5);
}
