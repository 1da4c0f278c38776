//! SIGSTOP and SIGCONT across deadlines, as on a machine that sleeps, under a debugger or in a starved
//! container.
//!
//! A confirmation that was posted before its deadline counts if the engine receives it before the deadline
//! and the late grace are over, even if the engine was stopped at the deadline. A later one is refused, and
//! its unit goes to the next in line, who gets a full window.

use std::time::Duration;

use flashtag::clock::Clock;
use flashtag::domain::time::Millis;

use super::client::{Answer, Client, Kind, assert_conserved, lost};
use super::history::assert_history_holds;
use super::server::{Http, Server};
use super::shop::{Sale, Shop};
use crate::run_budget::RunBudget;
use crate::test_rng::TestRng;

const WINDOW: Duration = Duration::from_secs(1);
const GRACE: Duration = Duration::from_secs(3);

/// Stops the engine until `until` after `since`, while the client posts.
fn stopped(server: &Server, since: Clock, until: Duration, client: &mut Client, posts: &[usize]) {
    server.signal("-STOP");
    let http = server.http();
    std::thread::scope(|scope| {
        scope.spawn(|| client.post(&http, posts).expect("it waits, and is answered"));
        std::thread::sleep(until.saturating_sub(Duration::from_micros(since.elapsed_us())));
        server.signal("-CONT");
    });
}

fn outcomes(client: &Client, posts: &[usize]) -> Vec<String> {
    let answer = posts.iter().map(|post| client.posts[*post].answer.as_ref());
    answer.map(|answer: Option<&Answer>| answer.expect("an answer").outcome.clone()).collect()
}

fn write_all(client: &mut Client, kind: Kind, authors: impl IntoIterator<Item = u32>) -> Vec<usize> {
    authors.into_iter().map(|author| client.write(kind, author, 0)).collect()
}

/// Waits until `sold` units are sold, `reserved` are reserved, and every prompt has left.
fn wait_for(http: &Http, sold: u64, reserved: u64) {
    http.wait_for(|offers| offers[0]["sold"] == sold && offers[0]["reserved"] == reserved);
    http.wait_until_all_is_done();
}

/// Six units, twelve buyers, two pauses. Returns the number of confirmations that the second pause made late.
fn pause_one_shop() -> usize {
    let sale = Sale {
        late_grace: Millis::from_secs(GRACE.as_secs() as u32),
        ..Sale::new("brief", 6, WINDOW.as_secs() as u32)
    };
    let shop = Shop::open(&[sale], 1, (1..=12).map(|author| format!("tok_{author}")));
    let mut client = Client::new(0, TestRng::new(9), &shop.sales, 1..13);
    let server = Server::start(&shop.config());
    let http = server.http();

    let clock = Clock::start();
    let claims = write_all(&mut client, Kind::Claim, 1..=12);
    client.post(&http, &claims).expect("answered");
    let in_time = write_all(&mut client, Kind::Confirm, 1..=3);
    stopped(&server, clock, WINDOW + WINDOW / 2, &mut client, &in_time);
    assert_eq!(
        outcomes(&client, &in_time),
        ["confirmed"; 3],
        "posted in time, and received within the grace"
    );
    // The units of accounts that did not confirm go to the next three.
    http.wait_for(|offers| offers[0]["waiting"] == 3);
    let clock = Clock::start();
    let promoted = write_all(&mut client, Kind::Confirm, 7..=7);
    client.post(&http, &promoted).expect("answered");
    assert_eq!(outcomes(&client, &promoted), ["confirmed"], "a promoted waiter has a whole window");

    // Both are written in time. It is a race whether the first arrives before its window ends.
    let received_late = write_all(&mut client, Kind::Confirm, 8..=9);
    let (racing, behind) = received_late.split_at(1);
    stopped(&server, clock, WINDOW + GRACE + WINDOW, &mut client, racing);
    let raced = usize::from(outcomes(&client, racing) != ["confirmed"]);
    http.wait_for(|offers| offers[0]["waiting"] == 2 - raced);
    client.post(&http, behind).expect("answered");
    let results = outcomes(&client, &received_late);
    let late = results.iter().filter(|outcome| *outcome != "confirmed").count();
    assert_eq!(late, 1 + raced, "a pause longer than the grace makes confirmations late: {results:?}");
    let words = ["confirmed", "confirm_late", "nothing_to_confirm"];
    assert!(results.iter().all(|outcome| words.contains(&outcome.as_str())), "{results:?}");
    // The next in line is prompted at once and has a full window from then on.
    let next = write_all(&mut client, Kind::Confirm, 10..10 + late as u32);
    client.post(&http, &next).expect("answered");
    assert_eq!(outcomes(&client, &next), vec!["confirmed"; late], "the next in line buy what was passed on");
    wait_for(&http, 6, 0);
    client.compare(&http, true);
    let clients = [client];
    assert_eq!(lost(&clients), Vec::<&String>::new());
    assert_conserved(&http.offers(), &shop.sales);
    server.stop();
    shop.assert_verified(true);
    assert_history_holds(&shop, &clients);
    late
}

#[test]
fn a_pause_across_deadlines_breaks_no_promise() {
    let mut budget = RunBudget::of("pauses", 2, 200);
    let (mut done, mut late) = (0, 0);
    while done < budget.wanted {
        late += pause_one_shop();
        (0..2).for_each(|_| budget.step());
        done += 2;
    }
    budget.report(&format!(
        "each longer than a confirmation window; every confirmation that came within the grace counted, \
         {late} came after it and were refused, and every unit was sold"
    ));
}
