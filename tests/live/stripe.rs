//! Sales that Stripe takes the money for: the real binary against a stand-in of Stripe, over real sockets.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use flashtag::clock::Clock;
use networks::server::Server;
use networks::stripe::{Account, Status, Webhook, World};

use super::place::Place;
use super::till::{self, KEY, WEBHOOK_SECRET, now_ms, request_of};
use crate::command::flashtag;
use crate::crash::server::{Server as Engine, poll};
use crate::http::client::exchange;

/// Buyers by their number, and the words of their cards.
const CARDS: [(u64, &str); 4] =
    [(1, "ana"), (2, "insufficientFunds"), (3, "cleo"), (4, "authenticationRequired")];

pub(crate) struct Shop {
    pub(crate) stripe: Server<World>,
    place: Place,
}

impl Shop {
    pub(crate) fn new(faults: &[&str], account: Account) -> Self {
        let shop = Self { stripe: till::start(account, faults), place: Place::new() };
        let (base, peer) = (shop.stripe.base_url(), shop.stripe.address);
        shop.place.write(
            "flashtag.toml",
            &format!(
                "data = \"data\"\noffers = \"offers.toml\"\naccounts = \"accounts.ndjson\"\negress_allow = [\"{peer}\"]\n\
                 [http]\nlisten = \"127.0.0.1:0\"\n[providers]\ncards = \"stripe\"\n\
                 [stripe]\nkey_file = \"stripe-key\"\nwebhook_secret_file = \"webhook-secret\"\napi_base = \"{base}\"\n"
            ),
        );
        shop.place.write("offers.toml", &till::offers(5, "take_back = \"1h\"\n"));
        shop.place.write("stripe-key", KEY);
        shop.place.write("webhook-secret", WEBHOOK_SECRET);
        let link = |(id, card): (u64, &str)| {
            format!(
                "{{\"network\":\"x\",\"author_id\":\"{id}\",\"card\":{{\"token\":\"cus_{id}/pm_{card}\",\"brand\":\"visa\",\
                 \"funding\":\"credit\",\"last4\":\"4242\"}},\"email\":\"{card}@example.com\",\"region\":\"US-NY\"}}\n"
            )
        };
        shop.place.write("accounts.ndjson", &CARDS.map(link).concat());
        shop
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.place.path(name)
    }

    pub(super) fn config(&self) -> String {
        self.place.config().display().to_string()
    }

    pub(super) fn write(&self, name: &str, text: &str) {
        self.place.write(name, text);
    }

    pub(crate) fn open(&self) -> Engine {
        Engine::start(&self.place.config())
    }

    /// The payments at Stripe: customer, state and what was taken.
    pub(super) fn payments(&self) -> Vec<(String, Status, i64)> {
        let guard = self.stripe.shared.lock();
        let intents = guard.stage.network.intents().iter();
        intents.map(|intent| (intent.customer.clone(), intent.status, intent.amount_received)).collect()
    }

    fn refunded(&self) -> Vec<i64> {
        self.stripe.shared.lock().stage.network.refunds().iter().map(|refund| refund.amount).collect()
    }
}

pub(crate) fn post(engine: &Engine, number: u64, author: u64, text: &str) {
    let now = Clock::start().now();
    let line = format!(
        "{{\"network\":\"x\",\"id\":\"{}\",\"author\":{{\"id\":\"{author}\",\"handle\":\"buyer{author}\"}},\
         \"posted_at\":\"{now}\",\"text\":\"{text}\"}}\n",
        5_000_000 + number
    );
    engine.http().post(&line).expect("an answer");
}

pub(crate) fn sold(engine: &Engine) -> u64 {
    engine.http().get("/v1/offers/kettle").expect("it is on sale")["sold"].as_u64().expect("a number")
}

/// No file of a directory holds the words.
pub(super) fn assert_nowhere(words: &str, place: &Path) {
    for entry in fs::read_dir(place).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            assert_nowhere(words, &path);
        } else {
            let bytes = fs::read(&path).unwrap();
            assert!(!bytes.windows(words.len()).any(|part| part == words.as_bytes()), "{}", path.display());
        }
    }
}

/// The answers to the first two payments are lost, Stripe fails once behind the third, and the engine is killed between.
#[test]
fn a_sale_is_paid_once_whatever_is_lost_and_taken_back_with_a_refund() {
    let faults = ["cut-after=2x@POST /v1/payment_intents", "lost-answer=1x@capture"];
    let shop = Shop::new(&faults, Account::default());
    let engine = shop.open();
    post(&engine, 1, 1, "#BuyKettle");
    post(&engine, 2, 2, "#BuyKettle");
    poll(|| sold(&engine), |sold| *sold == 1);
    engine.kill();
    let engine = shop.open();
    post(&engine, 3, 3, "#BuyKettle");
    post(&engine, 4, 4, "#BuyKettle");
    poll(|| sold(&engine), |sold| *sold == 2);
    post(&engine, 5, 1, "#CancelKettle");
    poll(|| sold(&engine), |sold| *sold == 1);
    engine.http().wait_until_all_is_done();
    let of = |customer: &str| -> Vec<(Status, i64)> {
        let payments = shop.payments().into_iter().filter(|(of, ..)| of == customer);
        payments.map(|(_, status, taken)| (status, taken)).collect()
    };
    assert_eq!(of("cus_1"), [(Status::Succeeded, 2000)], "one payment, whatever was lost");
    assert_eq!(of("cus_3"), [(Status::Succeeded, 2000)]);
    for declined in ["cus_2", "cus_4"] {
        assert_eq!(of(declined), [(Status::Canceled, 0)], "{declined} left nothing behind");
    }
    assert_eq!(shop.refunded(), [2000]);
    let config = shop.config();
    let reconcile = ["reconcile", "--config", &config, "--since", "2020-01-01T00:00:00Z", "--recent", "0s"];
    // Stripe counts seconds, and the last one is not over.
    let found = poll(|| flashtag(reconcile), |found| found.out.contains("usd: taken 4000, returned 2000"));
    found.must(
        0,
        &[
            "payments compared: 4",
            "kettle: taken 4000 usd, returned 2000, disputed 0",
            "kettle: fees 176 usd",
            "not done yet: 0",
            "differences: 0",
        ],
    );
    // Somebody returns a payment by hand: the service goes on, and the books differ.
    shop.stripe.shared.lock().stage.network.refund_by_hand("cus_3", now_ms());
    flashtag(reconcile)
        .must(1, &["DIFFERS: kettle.", "2000 usd was returned, and 0 is recorded", "differences: 1"]);
    engine.stop();
    let data = shop.path("data");
    flashtag(["verify", "--data", &data.display().to_string()]).must(0, &[]);
    assert_nowhere(KEY, &data);
}

#[test]
fn a_key_that_is_revoked_stops_the_lane_and_kills_no_order() {
    let shop = Shop::new(&[], Account::default());
    shop.stripe.shared.lock().stage.network.revoke_key(KEY);
    let engine = shop.open();
    post(&engine, 1, 1, "#BuyKettle");
    poll(
        || engine.http().metrics(),
        |metrics| {
            metrics.contains("flashtag_effect_attempts_total{kind=\"authorize\",result=\"shut_out\"}")
                && metrics.contains("flashtag_lane_paused{lane=\"cards\"} 1")
        },
    );
    engine.kill();
    let engine = shop.open();
    shop.stripe.shared.lock().stage.network.add_key(KEY, Account::default());
    poll(|| sold(&engine), |sold| *sold == 1);
    engine.stop();
    assert_eq!(shop.payments().len(), 1);
}

#[test]
fn a_check_of_the_providers_says_what_the_key_may_do() {
    let shop = Shop::new(&[], Account::default());
    let told = [
        "good: the key may write Payment Intents",
        "good: the key may write Refunds",
        "Stripe has no statement credits",
    ];
    flashtag(["check", "--providers", "--config", &shop.config()]).must(0, &told);
    assert!(shop.payments().is_empty(), "nothing was made");
    let shop = Shop::new(&[], Account::default().without("refunds", true));
    let told = [
        "good: the key may read Refunds",
        "MISSING: the key may not write Refunds; allow it in Stripe's dashboard",
    ];
    let ran = flashtag(["check", "--providers", "--config", &shop.config()]).must(1, &told);
    assert!(!ran.out.contains(KEY) && !ran.err.contains(KEY));
}

#[test]
fn a_key_that_is_not_the_shops_refuses_the_start_with_the_remedy() {
    let shop = Shop::new(&[], Account::default());
    let table = [
        (
            "rk_live_51Secret",
            "it is a live key, and the shop is in mode \"test\"; use a key that begins with rk_test_",
        ),
        ("sk_test_51Secret", "it is a secret key (sk_...), which may do everything; make a restricted key"),
        ("hunter2", "it is no restricted key of Stripe"),
    ];
    for (key, words) in table {
        shop.place.write("stripe-key", key);
        flashtag(["serve", "--config", &shop.config()]).must(78, &[words]);
    }
    shop.place.write("stripe-key", KEY);
    fs::set_permissions(shop.path("stripe-key"), fs::Permissions::from_mode(0o644)).unwrap();
    flashtag(["serve", "--config", &shop.config()]).must(78, &["the key of Stripe in", "cannot be used"]);
    fs::remove_file(shop.path("stripe-key")).unwrap();
    flashtag(["serve", "--config", &shop.config()])
        .must(78, &["write key_file = \"stripe-key\" into [stripe]"]);
}

/// Sends a webhook to the endpoint, and returns the status of the answer with its body.
pub(super) fn send(engine: &Engine, webhook: &Webhook) -> (u16, String) {
    let reply = exchange(engine.http().address(), &request_of(webhook));
    (reply.status, reply.body)
}

/// A dispute is told of by a webhook, by one that nobody signed, and by none.
#[test]
fn a_dispute_is_noted_beside_its_order_whether_its_webhook_comes_or_not() {
    let shop = Shop::new(&[], Account::default());
    let engine = shop.open();
    post(&engine, 1, 1, "#BuyKettle");
    poll(|| sold(&engine), |sold| *sold == 1);
    engine.http().wait_until_all_is_done();
    let order = || engine.http().get("/v1/orders/kettle.1").expect("it is there");
    assert!(order().get("objections").is_none(), "nobody objects");
    let webhook = |event: usize| {
        shop.stripe.shared.lock().stage.network.events()[event].webhook(WEBHOOK_SECRET, now_ms())
    };
    let intent = shop.stripe.shared.lock().stage.network.intents()[0].id.clone();
    shop.stripe.shared.lock().stage.network.dispute(&intent, "needs_response", now_ms()).unwrap();
    let forged = Webhook::signed(webhook(0).body, "whsec_guessed", now_ms());
    let (status, text) = send(&engine, &forged);
    assert_eq!(status, 400, "{text}");
    assert!(text.contains("signature_unknown") && !text.contains("dp_1"), "{text}");
    let large = Webhook::signed(format!("{{\"id\":\"{}\"}}", "x".repeat(300_000)), WEBHOOK_SECRET, now_ms());
    assert_eq!(send(&engine, &large).0, 413);
    let (status, text) = send(&engine, &webhook(0));
    assert_eq!((status, text.as_str()), (200, "{\"result\":\"taken\"}"));
    let objected = poll(order, |order| order["objections"].is_array());
    let dispute = &objected["objections"][0];
    assert_eq!(dispute["id"], "dp_1");
    assert_eq!((&dispute["kind"], &dispute["stage"]), (&"dispute".into(), &"needs_response".into()));
    assert_eq!((&dispute["amount"], &dispute["withdrawn"]), (&"20.00 USD".into(), &true.into()));
    assert_eq!(objected["stage"], "sold", "the unit stays where it is");
    assert_eq!(send(&engine, &webhook(0)).0, 200, "it comes again");
    let metrics = poll(
        || engine.http().metrics(),
        |metrics| metrics.contains("flashtag_card_events_total{result=\"repeated\"} 1"),
    );
    assert!(metrics.contains("flashtag_disputes_total{stage=\"needs_response\"} 1"), "{metrics}");
    assert!(metrics.contains("flashtag_card_webhooks_total{result=\"forged\"} 1"), "{metrics}");
    let listed = engine.http().get("/v1/objections").expect("an answer");
    assert_eq!(listed["objections"][0]["order"], "kettle.1");
    engine.kill();
    // Its webhook is lost with the process: the list of events has it at the next start.
    shop.stripe.shared.lock().stage.network.move_dispute("dp_1", "lost", now_ms());
    let engine = shop.open();
    let order = || engine.http().get("/v1/orders/kettle.1").expect("it is there");
    poll(order, |order| order["objections"][0]["stage"] == "lost");
    let listed = engine.http().get("/v1/objections").expect("an answer");
    assert_eq!(listed["objections"].as_array().map(Vec::len), Some(0), "it is over");
    engine.stop();
    let data = shop.path("data");
    flashtag(["verify", "--data", &data.display().to_string()]).must(0, &[]);
    assert_nowhere(WEBHOOK_SECRET, &data);
}
