//! SIGSTOP and SIGCONT across deadlines: a machine that sleeps, a debugger, a starved container.
//!
//! What must hold: a confirmation that was posted before its deadline counts if the engine hears it before
//! the deadline and the late grace are over, also if it was stopped over the deadline. One that it hears
//! later is refused in words, and its unit goes on to the next in line, who has a whole window.

use std::time::Duration;

use flashtag::clock::Clock;
use flashtag::domain::time::Millis;

use super::client::{Client, Kind, Told, assert_conserved, lost};
use super::history::assert_history_holds;
use super::server::{Http, Server};
use super::shop::{Sale, Shop};
use crate::dice::Dice;
use crate::effort::Effort;

const WINDOW: Duration = Duration::from_secs(1);
const GRACE: Duration = Duration::from_secs(3);

/// Stops the engine for that long, counted from `since`, while the clients post what they wrote.
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
    let told = posts.iter().map(|post| client.posts[*post].told.as_ref());
    told.map(|told: Option<&Told>| told.expect("an answer").outcome.clone()).collect()
}

fn write_all(client: &mut Client, kind: Kind, authors: impl IntoIterator<Item = u32>) -> Vec<usize> {
    authors.into_iter().map(|author| client.write(kind, author, 0)).collect()
}

/// Waits until so many units are sold and so many are reserved, and every prompt is out.
fn wait_for(http: &Http, sold: u64, reserved: u64) {
    http.wait_for(|offers| offers[0]["sold"] == sold && offers[0]["reserved"] == reserved);
    http.wait_until_all_is_done();
}

/// Six units, twelve buyers, two pauses. Returns how many confirmations the second pause made late.
fn pause_one_shop() -> usize {
    let sale = Sale {
        late_grace: Millis::from_secs(GRACE.as_secs() as u32),
        ..Sale::new("brief", 6, WINDOW.as_secs() as u32)
    };
    let shop = Shop::open(&[sale], 1, (1..=12).map(|author| format!("tok_{author}")));
    let mut client = Client::new(0, Dice::new(9), &shop.sales, 1..13);
    let server = Server::start(&shop.config());
    let http = server.http();

    let clock = Clock::start();
    let claims = write_all(&mut client, Kind::Claim, 1..=12);
    client.post(&http, &claims).expect("answered");
    let in_time = write_all(&mut client, Kind::Confirm, 1..=3);
    stopped(&server, clock, WINDOW + WINDOW / 2, &mut client, &in_time);
    assert_eq!(outcomes(&client, &in_time), ["confirmed"; 3], "posted in time, and heard within the grace");
    // The units of those who said nothing go on to the next three.
    http.wait_for(|offers| offers[0]["waiting"] == 3);
    let clock = Clock::start();
    let promoted = write_all(&mut client, Kind::Confirm, 7..=7);
    client.post(&http, &promoted).expect("answered");
    assert_eq!(outcomes(&client, &promoted), ["confirmed"], "a promoted waiter has a whole window");

    // Both are written in time. Whether the first comes before its window is ended is a race.
    let heard_late = write_all(&mut client, Kind::Confirm, 8..=9);
    let (racing, behind) = heard_late.split_at(1);
    stopped(&server, clock, WINDOW + GRACE + WINDOW, &mut client, racing);
    let raced = usize::from(outcomes(&client, racing) != ["confirmed"]);
    http.wait_for(|offers| offers[0]["waiting"] == 2 - raced);
    client.post(&http, behind).expect("answered");
    let said = outcomes(&client, &heard_late);
    let late = said.iter().filter(|outcome| *outcome != "confirmed").count();
    assert_eq!(late, 1 + raced, "a pause that is longer than the grace is noticed: {said:?}");
    let words = ["confirmed", "confirm_late", "nothing_to_confirm"];
    assert!(said.iter().all(|outcome| words.contains(&outcome.as_str())), "{said:?}");
    // Who comes after them is asked at once, and has a whole window from now on.
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
    let mut effort = Effort::of("pauses", 2, 200);
    let (mut done, mut late) = (0, 0);
    while done < effort.wanted {
        late += pause_one_shop();
        (0..2).for_each(|_| effort.step());
        done += 2;
    }
    effort.report(&format!(
        "each longer than a confirmation window; every confirmation that came within the grace counted, \
         {late} came after it and were told so, and every unit was sold"
    ));
}
