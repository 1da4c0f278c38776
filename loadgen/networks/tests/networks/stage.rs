//! Faults between a network and its clients.

use networks::bluesky::{Options, World};
use networks::{Fault, Frame, Opened, Society, Stage};
use rand::SeedableRng;
use rand::rngs::Xoshiro256PlusPlus;

use super::client::NOON_MS;

fn stage(fault: &str) -> (Stage<World>, Xoshiro256PlusPlus) {
    let mut world = World::new(Options::default());
    world.add_account("shop.example", "pass", NOON_MS);
    world.join("ann.example", NOON_MS);
    let mut stage = Stage::new(world);
    stage.faults.list.push(Fault::parse(fault).unwrap());
    (stage, Xoshiro256PlusPlus::seed_from_u64(3))
}

/// A sign-in under each fault: the status, and whether its effect took place, which is a sign-in that counts.
#[test]
fn what_becomes_of_a_request() {
    let body = br#"{"identifier":"shop.example","password":"pass"}"#.to_vec();
    let table = [
        ("rate-limit=1x", Some(429), false, false, 0),
        ("unavailable=1x", Some(503), false, false, 0),
        ("lost-answer=1x", Some(503), true, false, 0),
        ("cut-before=1x", None, false, false, 0),
        ("cut-after=1x", Some(200), true, true, 0),
        ("slow=1x:250", Some(200), true, false, 250),
        ("slow=1x:250@/elsewhere", Some(200), true, false, 0),
    ];
    for (fault, status, has_effect, is_cut, delay_ms) in table {
        let (mut stage, mut random) = stage(fault);
        let request = || {
            let path = "/xrpc/com.atproto.server.createSession";
            http::Request::post(path).header("content-type", "application/json").body(body.clone()).unwrap()
        };
        let delivery = stage.handle(&request(), NOON_MS, &mut random);
        let got = delivery.response.map(|response| response.status().as_u16());
        assert_eq!((got, delivery.is_cut, delivery.delay_ms), (status, is_cut, delay_ms), "{fault}");
        let second = stage.handle(&request(), NOON_MS, &mut random).response.unwrap();
        let left = second.headers()["ratelimit-remaining"].to_str().unwrap();
        assert_eq!(left, if has_effect { "28" } else { "29" }, "{fault}");
    }
}

/// Four posts under each fault, as a reader of the stream sees them.
#[test]
fn what_becomes_of_a_stream() {
    let table: [(&str, &[&str]); 5] = [
        ("damage=2x", &["damaged", "0", "damaged", "1", "2", "3"]),
        ("duplicate=2x", &["0", "0", "1", "1", "2", "3"]),
        ("reorder=1x", &["1", "0", "2", "3"]),
        ("cut=1x", &["cut"]),
        ("cut=0", &["0", "1", "2", "3"]),
    ];
    for (fault, expected) in table {
        let (mut stage, mut random) = stage(fault);
        let request = http::Request::get("/subscribe").body(Vec::new()).unwrap();
        let (_, Opened::Stream(id, _)) = stage.open(&request, NOON_MS, &mut random) else {
            panic!("not opened")
        };
        for number in 0..4 {
            stage.network.post("ann.example", &format!("{number}"), None, NOON_MS).unwrap();
        }
        let seen: Vec<String> = stage
            .pull(id, NOON_MS, &mut random)
            .into_iter()
            .map(|frame| match frame {
                Frame::Text(text) => match serde_json::from_str::<serde_json::Value>(&text) {
                    Ok(message) => message["commit"]["record"]["text"].as_str().unwrap().to_owned(),
                    Err(_) => "damaged".to_owned(),
                },
                Frame::Cut(_) => "cut".to_owned(),
                other => panic!("{other:?}"),
            })
            .collect();
        assert_eq!(seen, expected, "{fault}");
    }
}
