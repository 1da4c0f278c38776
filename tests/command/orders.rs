//! What a merchant gets of an order, and what its buyer's letter says: all that fulfilment needs.

use serde_json::{Value, json};

use super::{ACCOUNTS, OFFERS, Sale};

/// Sells two of the offer, which has these lines too, to ana, whose post has that author. Returns the line of the order
/// and the text of the letter.
fn order(lines: &str, author: &Value) -> (Value, String) {
    let offers = OFFERS.replace("units = 1\n", "units = 5\nlimit_per_account = 2\n") + lines;
    let post = |id: &str, second: u32, words: &str| {
        let posted_at = format!("2013-02-13T12:00:0{second}Z");
        json!({"network": "x", "id": id, "author": author, "posted_at": posted_at, "text": words}).to_string()
            + "\n"
    };
    let posts = post("1", 1, "two, please: #BuyKindle x2") + &post("2", 2, "#ConfirmKindle");
    let sale = Sale::new(&offers, ACCOUNTS, &posts);
    sale.sell_with(&[]).must(0, &[]);
    sale.verify(&["--strict"]).must(0, &[]);
    let effects = sale.lines("out/effects.ndjson");
    let of = |kind: &str| effects.iter().find(|line| line["kind"] == kind).expect("an effect").clone();
    (of("order"), of("email")["text"].as_str().expect("a text").to_owned())
}

#[test]
fn an_order_has_units_prices_tax_region_card_and_buyer() {
    let (order, letter) =
        order("tax = { \"US-NY\" = \"8.875%\", \"*\" = \"0%\" }\n", &json!({"id": "42", "handle": "ana_s"}));
    // 2 x 149.99 = 299.98, and 8.875 % of it is 26.623: 26.62.
    let expected = json!({"units": 2, "unit_price": "149.99 USD", "shipping": null, "tax": "26.62 USD",
        "tax_rate": "8.875%", "total": "326.60 USD", "variant": null, "region": "US-NY", "last4": "1005",
        "handle": "ana_s", "ship_to": "tok_ana"});
    for (field, value) in expected.as_object().expect("an object") {
        assert_eq!(&order[field], value, "{field} of {order}");
    }
    assert_eq!((&order["amount"], &order["to"]), (&json!("326.60 USD"), &json!("merchant")));
    for line in
        ["Quantity  2", "Price     149.99 USD", "Tax       26.62 USD (8.875%, US-NY)", "Total     326.60 USD"]
    {
        assert!(letter.lines().any(|found| found == line), "{line} is not in {letter}");
    }
    assert!(letter.contains("ending in 1005") && !letter.contains("Shipping"), "{letter}");
}

#[test]
fn what_is_not_known_is_null() {
    let (order, letter) = order("", &json!({"id": "42"}));
    assert_eq!(order["handle"], Value::Null);
    assert_eq!((&order["tax"], &order["tax_rate"]), (&json!("0.00 USD"), &json!("0%")));
    assert!(!letter.contains("Tax "), "{letter}");
}

#[test]
fn a_price_may_include_its_tax_and_an_order_its_shipping() {
    let german = "tax = \"19%\"\nprice_includes_tax = true\nshipping = \"4.99 USD\"\n";
    let (order, letter) = order(german, &json!({"id": "42"}));
    // 2 x 149.99 + 4.99 = 304.97, of which 304.97 x 19 / 119 = 48.69 is tax.
    let expected = [
        ("unit_price", "149.99 USD"),
        ("shipping", "4.99 USD"),
        ("tax", "48.69 USD"),
        ("tax_rate", "19%"),
        ("total", "304.97 USD"),
        ("amount", "304.97 USD"),
    ];
    for (field, value) in expected {
        assert_eq!(order[field], value, "{field} of {order}");
    }
    assert!(letter.lines().any(|line| line == "Shipping  4.99 USD"), "{letter}");
    assert!(letter.lines().any(|line| line == "Total     304.97 USD"), "{letter}");
}

#[test]
fn shipping_is_taxed_as_the_price_is() {
    let (order, _) = order("tax = \"10%\"\nshipping = \"5.00 USD\"\n", &json!({"id": "42"}));
    // 299.98 + 5.00 = 304.98, and 10 % of it is 30.498: 30.50.
    let found = ["shipping", "tax", "total"].map(|field| order[field].as_str().expect("an amount"));
    assert_eq!(found, ["5.00 USD", "30.50 USD", "335.48 USD"]);
}
