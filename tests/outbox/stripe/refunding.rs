//! Refunds: the money is returned once.

use flashtag::domain::effect::{Effect, Payment};

use super::{
    KEY, REFUNDS, RETURN, answer, check, delivery, error, list, looked_up, lost, order, refund, told,
};

#[test]
fn a_refund_returns_the_money_once() {
    let give_back = || delivery(Effect::Refund(order(Some("pi_1"))));
    let again = || answer(400, &error("invalid_request_error", "charge_already_refunded"));
    let by_hand = refund("succeeded").replace(KEY, "by hand");
    check(vec![
        ("returned", give_back(), vec![answer(200, &refund("succeeded"))], format!("{RETURN}done")),
        (
            "it waits",
            give_back(),
            vec![answer(200, &refund("pending"))],
            format!("{RETURN}in progress, again in 10m"),
        ),
        (
            "it fails",
            give_back(),
            vec![answer(200, &refund("failed"))],
            format!("{RETURN}given up: refund_failed: lost_or_stolen_card"),
        ),
        (
            "returned earlier by this effect",
            give_back(),
            vec![again(), answer(200, &list(&[refund("succeeded")], false))],
            format!("{RETURN}{REFUNDS}done"),
        ),
        (
            "returned by hand",
            give_back(),
            vec![again(), answer(200, &list(&[by_hand], false))],
            format!("{RETURN}{REFUNDS}given up: charge_already_refunded: Stripe's words."),
        ),
        ("no answer", give_back(), vec![lost()], format!("{RETURN}unknown")),
    ]);
    let look = || looked_up(Effect::Refund(order(Some("pi_1"))));
    let table = [
        ("succeeded", "done"),
        ("pending", "in progress, again in 10m"),
        ("failed", "given up: refund_failed: lost_or_stolen_card"),
    ];
    for (state, result) in table {
        let given = vec![answer(200, &list(&[refund(state)], false))];
        assert_eq!(told(&look(), given), format!("{REFUNDS}{result}"), "{state}");
    }
    assert_eq!(told(&look(), vec![answer(200, &list(&[], false))]), format!("{REFUNDS}not_found"));
}

#[test]
fn a_part_of_a_payment_is_refunded_by_its_own_amount() {
    let part = Payment { amount: "20.00 USD".parse().unwrap(), ..order(Some("pi_1")) };
    let told = told(
        &delivery(Effect::Refund(part)),
        vec![answer(200, &refund("succeeded").replace("14999", "2000"))],
    );
    assert_eq!(told, "POST refunds KEY payment_intent=pi_1&amount=2000\ndone");
}
