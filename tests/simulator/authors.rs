//! The servers where authors keep their posts, and the relays that tell of posts that nobody wrote.

use std::collections::BTreeMap;

use flashtag::domain::cid::Cid;
use flashtag::domain::heard_posts::{HeardPost, HeardPosts};
use flashtag::domain::id::{EffectKey, Network, PostId};
use flashtag::domain::time::{Millis, Timestamp};
use flashtag::net::Answer;
use flashtag::networks::bluesky::{AtUri, Attestation, AttestationStep, Directory};
use flashtag::outbox::attestor::Finding;

use crate::test_rng::TestRng;

/// What the author's server has at the address of a post.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Truth {
    Same,
    Other,
    Nothing,
}

fn number_of(post: &PostId) -> u64 {
    post.to_string().parse().unwrap_or_default()
}

fn truth_of(post: &PostId) -> Truth {
    match number_of(post) % 8 {
        1 => Truth::Other,
        5 => Truth::Nothing,
        _ => Truth::Same,
    }
}

/// The hash that a relay tells of a post; one network of the two is read through relays.
pub(super) fn told_by_relay(network: Network, post: &PostId) -> Option<Box<Cid>> {
    let is_told = network == Network::Mastodon && !number_of(post).is_multiple_of(4);
    is_told.then(|| Box::new(Cid::parse(&format!("bafy{post}")).expect("letters and digits")))
}

/// Whether a relay told of a post that its author did not write so.
pub(super) fn is_invented(network: Network, post: &PostId) -> bool {
    told_by_relay(network, post).is_some() && truth_of(post) != Truth::Same
}

/// The servers, and what is read there at the moment.
pub(super) struct Authors {
    rng: TestRng,
    /// Until when no server answers.
    away_until: Timestamp,
    /// The results on their way, each with the boot of the process that waits for it.
    readings: BTreeMap<(Timestamp, u64), (u64, EffectKey, Finding)>,
    counted: u64,
}

impl Authors {
    pub(super) fn new(rng: TestRng) -> Self {
        Self { rng, away_until: Timestamp::MIN, readings: BTreeMap::new(), counted: 0 }
    }

    /// Lets the servers go away now and then. Returns whether they just did.
    pub(super) fn maybe_go_away(&mut self, now: Timestamp) -> bool {
        let goes = self.rng.below(200) == 0;
        if goes {
            self.away_until = now.plus(Millis::from_secs(*self.rng.pick(&[5, 60, 600, 3_600])));
        }
        goes
    }

    /// Reads the posts of an order.
    pub(super) fn read(&mut self, now: Timestamp, boot: u64, key: EffectKey, heard: &HeardPosts) {
        let away = now < self.away_until;
        let found = heard.posts.iter().map(|post| if away { Finding::Unreachable } else { read_again(post) });
        let finding = found.into_iter().find(|found| *found != Finding::Attested);
        let latency = *self.rng.pick(&[200, 200, 2_000, 10_000]);
        self.counted += 1;
        let place = (now.plus(Millis::from_ms(self.rng.below(latency) as i64)), self.counted);
        self.readings.insert(place, (boot, key, finding.unwrap_or(Finding::Attested)));
    }

    /// When the next result arrives.
    pub(super) fn next_due(&self) -> Option<Timestamp> {
        self.readings.keys().next().map(|(due, _)| *due)
    }

    /// The next result that has arrived and that the process of this boot still waits for.
    pub(super) fn next_finding(&mut self, now: Timestamp, boot: u64) -> Option<(EffectKey, Finding)> {
        while let Some(entry) = self.readings.first_entry()
            && entry.key().0 <= now
        {
            let (of, key, finding) = entry.remove();
            if of == boot {
                return Some((key, finding));
            }
        }
        None
    }
}

/// Reads a post as the engine does, from servers that answer as they should.
fn read_again(HeardPost { post, cid }: &HeardPost) -> Finding {
    let uri = AtUri::new("did:plc:somebody", "app.bsky.feed.post", &post.to_string()).expect("an address");
    let mut reading = Attestation::new(uri.clone(), cid.as_str(), Directory::default());
    loop {
        match reading.next() {
            AttestationStep::Over(verdict) => return (&verdict).into(),
            AttestationStep::Ask(request) if request.url.contains("getRecord") => {
                let record = |cid: &str| format!(r#"{{"uri":"{uri}","cid":"{cid}","value":{{}}}}"#);
                reading.answered(Ok(match truth_of(post) {
                    Truth::Same => answer(200, record(&format!("bafy{post}"))),
                    Truth::Other => answer(200, record("bafyother")),
                    Truth::Nothing => answer(400, r#"{"error":"RecordNotFound"}"#.to_owned()),
                }));
            }
            AttestationStep::Ask(_) => reading.answered(Ok(answer(
                200,
                r##"{"id":"did:plc:somebody","service":[{"id":"#atproto_pds","type":"AtprotoPersonalDataServer",
                    "serviceEndpoint":"https://pds.example"}]}"##
                    .to_owned(),
            ))),
        }
    }
}

fn answer(status: u16, body: String) -> Answer {
    Answer { status, headers: Vec::new(), body: body.into_bytes() }
}
