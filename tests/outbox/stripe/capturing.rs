//! Captures and voids: the held money is taken, or let go.

use flashtag::domain::effect::Effect;

use super::{
    KEY, LET_GO, LOOK, OLDER_KEY, TAKE, answer, check, decline, delivery, error, intent, list, looked_up,
    lost, order, told,
};

#[test]
fn a_capture_takes_the_money_or_finds_out_why_not() {
    let capture = || delivery(Effect::Capture(order(Some("pi_1"))));
    let refused = || answer(400, &error("invalid_request_error", "payment_intent_unexpected_state"));
    let state = |state: &str, received| vec![refused(), answer(200, &intent(state, received))];
    check(vec![
        ("taken", capture(), vec![answer(200, &intent("succeeded", 14_999))], format!("{TAKE}done")),
        ("taken earlier", capture(), state("succeeded", 14_999), format!("{TAKE}{LOOK}done")),
        ("the hold ended", capture(), state("canceled", 0), format!("{TAKE}{LOOK}declined: capture_lost")),
        (
            "somebody took less by hand",
            capture(),
            state("succeeded", 9_000),
            format!("{TAKE}{LOOK}given up: pi_1 has taken 9000 instead of 14999"),
        ),
        (
            "refused, and still held",
            capture(),
            state("requires_capture", 0),
            format!("{TAKE}{LOOK}given up: payment_intent_unexpected_state: Stripe's words."),
        ),
        (
            "the bank declines",
            capture(),
            vec![answer(402, &decline("requires_capture"))],
            format!("{TAKE}declined: insufficient_funds, advice try_again_later"),
        ),
        ("no answer", capture(), vec![lost()], format!("{TAKE}unknown")),
        (
            "refused, and the state is not told",
            capture(),
            vec![refused(), lost()],
            format!("{TAKE}{LOOK}unknown"),
        ),
    ]);
    let look = || looked_up(Effect::Capture(order(Some("pi_1"))));
    let table = [
        ("succeeded", 14_999, "done"),
        ("canceled", 0, "declined: capture_lost"),
        ("expired", 0, "declined: capture_lost"),
        ("requires_reauthorization", 0, "declined: capture_lost"),
        ("processing", 0, "in progress, again in 5s"),
    ];
    for (state, received, result) in table {
        let given = vec![answer(200, &intent(state, received))];
        assert_eq!(told(&look(), given), format!("{LOOK}{result}"), "{state}");
    }
    // What is held still is captured, however old the key is: Stripe captures a payment once.
    let held = || answer(200, &intent("requires_capture", 0));
    let taken = || answer(200, &intent("succeeded", 14_999));
    check(vec![
        ("held still", look(), vec![held(), taken()], format!("{LOOK}{TAKE}done")),
        ("no answer", look(), vec![held(), lost()], format!("{LOOK}{TAKE}unknown")),
        (
            "captured by a request that was on its way",
            look(),
            vec![held(), refused(), taken()],
            format!("{LOOK}{TAKE}{LOOK}done"),
        ),
    ]);
}

#[test]
fn a_void_lets_the_money_go_and_a_captured_payment_is_refunded() {
    let void = || delivery(Effect::Void(order(Some("pi_1"))));
    let refused = || answer(400, &error("invalid_request_error", "payment_intent_unexpected_state"));
    let of_order = "GET payment_intents?customer=cus_Ana&limit=100\n";
    let unknown = || delivery(Effect::Void(order(None)));
    check(vec![
        ("let go", void(), vec![answer(200, &intent("canceled", 0))], format!("{LET_GO}done")),
        (
            "let go earlier",
            void(),
            vec![refused(), answer(200, &intent("canceled", 0))],
            format!("{LET_GO}{LOOK}done"),
        ),
        (
            "taken already",
            void(),
            vec![refused(), answer(200, &intent("succeeded", 14_999))],
            format!("{LET_GO}{LOOK}declined: already_captured"),
        ),
        (
            "another payment has its name, from before the directory was restored",
            unknown(),
            vec![answer(200, &list(&[intent("requires_capture", 0).replace(KEY, OLDER_KEY)], false))],
            format!(
                "{of_order}given up: pi_1 of that order was made before the directory was restored: look whose it is"
            ),
        ),
        (
            "its payment was never recorded, and is there",
            unknown(),
            vec![
                answer(200, &list(&[intent("requires_capture", 0)], false)),
                answer(200, &intent("canceled", 0)),
            ],
            format!("{of_order}{LET_GO}done"),
        ),
        (
            "its payment was never recorded, and nothing is held",
            unknown(),
            vec![answer(200, &list(&[intent("canceled", 0)], false))],
            format!("{of_order}done"),
        ),
        (
            "another data directory has an order of that name",
            unknown(),
            vec![answer(
                200,
                &list(&[intent("requires_capture", 0).replace("07070707-", "08080808-")], false),
            )],
            format!("{of_order}done"),
        ),
    ]);
    // A hold that is not among the newest payments of a buyer is not taken for let go.
    let page = || {
        answer(200, &list(&vec![intent("succeeded", 14_999).replace("fire-hd.17", "fire-hd.3"); 100], true))
    };
    let more = format!("{}&starting_after=pi_1\n", of_order.trim_end()).repeat(4);
    let cut = told(&unknown(), std::iter::repeat_with(page).take(5).collect());
    assert_eq!(
        cut,
        format!(
            "{of_order}{more}given up: the buyer has more payments than are read: look which is the order's"
        )
    );
    let look = || looked_up(Effect::Void(order(Some("pi_1"))));
    let table = [
        ("canceled", "done"),
        ("expired", "done"),
        ("requires_capture", "not_found"),
        ("succeeded", "declined: already_captured"),
    ];
    for (state, result) in table {
        assert_eq!(told(&look(), vec![answer(200, &intent(state, 0))]), format!("{LOOK}{result}"), "{state}");
    }
}
