//! The protocols of Bluesky against a stand-in that was written from the network's documents, not from them.

use flashtag::domain::effect::{Effect, ReplyRequest};
use flashtag::domain::id::{Account, EffectKey, Network as Named, OfferNo, PostId};
use flashtag::domain::outcome::Outcome;
use flashtag::domain::provider_ref::ProviderRef;
use flashtag::domain::time::{Millis, Timestamp};
use flashtag::intake::format::{Decoded, Format};
use flashtag::intake::stream::live::bluesky::{JetstreamV1, JetstreamV2, Repos};
use flashtag::intake::stream::live::{LiveSource, Step};
use flashtag::net::{Answer, Opening, Received, Request};
use flashtag::networks::bluesky::{
    AppPassword, Attestation, AttestationStep, BlueskySignIn, Directory, Verdict, found_record, get_record,
};
use flashtag::networks::{Renewal, SignIn};
use flashtag::outbox::attempt::{Attempt, AttemptResult};
use flashtag::outbox::provider::bluesky::{BlueskyAccount, Posting};
use flashtag::outbox::provider::network::{Exchanges, Turn};
use networks::bluesky::{Options, World};
use networks::{Frame, Network, Opened, Society, StreamId};
use rand::SeedableRng;
use rand::rngs::StdRng;

const SERVER: &str = "http://127.0.0.1:2583";
const START: &str = "2026-11-30T15:00:00Z";

fn at(seconds: u32) -> Timestamp {
    START.parse::<Timestamp>().unwrap().plus(Millis::from_secs(seconds))
}

/// The stand-in, with a shop and a buyer.
struct Peer {
    world: World,
    shop: String,
    token: Option<String>,
}

impl Peer {
    fn new() -> Self {
        let mut world = World::new(Options::default());
        world.set_base_url(SERVER);
        let shop = world.add_account("shop.example", "abcd-efgh", at(0).ms());
        world.join("ana.example", at(0).ms());
        Self { world, shop, token: None }
    }

    fn request(&self, request: &Request) -> networks::Request {
        let mut made = networks::Request::new(request.body.clone());
        *made.method_mut() = request.method.name().parse().unwrap();
        *made.uri_mut() = request.url.replace("ws://", "http://").parse().unwrap();
        let token = self.token.as_ref().filter(|_| request.signed);
        let bearer = token.map(|token| ("authorization".into(), format!("Bearer {token}")));
        for (name, value) in request.headers.iter().cloned().chain(bearer) {
            let name = match name.as_str() {
                "authorization" => "authorization",
                "content-type" => "content-type",
                "sec-websocket-protocol" => "sec-websocket-protocol",
                name => panic!("no such header is sent: {name}"),
            };
            made.headers_mut().insert(name, value.parse().unwrap());
        }
        made
    }

    fn exchange(&mut self, request: &Request, now: Timestamp) -> Answer {
        let made = self.request(request);
        let answer = self.world.handle(&made, now.ms(), &mut StdRng::seed_from_u64(7));
        let header = |(name, value): (&_, &_)| {
            let (name, value): (&str, &[u8]) = (AsRef::as_ref(name), AsRef::as_ref(value));
            (name.into(), String::from_utf8_lossy(value).into_owned())
        };
        let headers = answer.headers().iter().map(header).collect();
        Answer { status: answer.status().as_u16(), headers, body: answer.body().clone() }
    }

    fn sign_in(&mut self) {
        let with = AppPassword {
            server: SERVER.into(),
            did: self.shop.as_str().into(),
            password: "abcd-efgh".into(),
        };
        let mut sign_in = BlueskySignIn::new(with);
        let Renewal::Ask(request) = sign_in.renewal(at(1)) else { panic!("it has no session") };
        let answer = self.exchange(&request, at(1));
        sign_in.renewed(&answer, at(1)).unwrap();
        assert_eq!(sign_in.renewal(at(2)), Renewal::NotNeeded);
        // The network lets the token end; the session is renewed without the password.
        self.world.expire_tokens(at(2).ms());
        self.token = sign_in.access_token().map(str::to_owned);
        let url = format!("{SERVER}/xrpc/com.atproto.server.getSession");
        let refused = self.exchange(&Request::get(url).signed(), at(3));
        assert!(sign_in.is_refused(&refused), "{refused:?}");
        let Renewal::Ask(request) = sign_in.renewal(at(3)) else { panic!("its token is refused") };
        assert!(request.url.ends_with("refreshSession"));
        let answer = self.exchange(&request, at(3));
        sign_in.renewed(&answer, at(3)).unwrap();
        self.token = sign_in.access_token().map(str::to_owned);
    }

    /// Makes an attempt at a reply, at that second.
    fn reply(&mut self, to: &str, sequence: u64, text: &str, second: u32) -> AttemptResult {
        let account = BlueskyAccount {
            directory: Directory { address: SERVER.to_owned() },
            ..BlueskyAccount::new(SERVER, &self.shop)
        };
        let author = to.trim_start_matches("at://").split('/').next().unwrap();
        let request = ReplyRequest::new(
            Account::parse(Named::Bluesky, author).unwrap(),
            PostId::parse_reference(to).unwrap(),
            OfferNo(0),
            Outcome::Reserved,
        );
        let attempt = Attempt {
            key: EffectKey { partition: 0, sequence, index: 0 }.into(),
            effect: Effect::Reply(request),
            number: 1,
            look_up: false,
            recorded_at: at(10),
            text: Some(text.into()),
        };
        let mut posting = Posting::new(&account, &attempt, at(second)).unwrap();
        loop {
            match posting.next() {
                Turn::Over(result) => return result,
                Turn::Ask(request) => posting.answered(Ok(self.exchange(&request, at(second)))),
            }
        }
    }

    fn own_texts(&self) -> Vec<String> {
        let posts = self.world.posts_since(0, 100);
        posts.into_iter().filter(|post| post.author.id == self.shop).map(|post| post.text).collect()
    }
}

#[test]
fn a_reply_is_posted_once_and_nothing_is_replaced() {
    let mut peer = Peer::new();
    peer.sign_in();
    let claim = peer.world.post("ana.example", "@shop.example #BuyKettle", None, at(4).ms()).unwrap();
    let first = peer.reply(&claim, 12, "Reply #ConfirmKettle", 11);
    let AttemptResult::Done { reference: Some(ProviderRef::Reply(id)), .. } = &first else {
        panic!("{first:?}")
    };
    // The answer was lost: the same again, also under the number that another attempt may get.
    for (second, text) in
        [(12, "Reply #ConfirmKettle"), (4000, "Reply #ConfirmKettle"), (13, "Reply #ConfirmKettle (2)")]
    {
        let again = peer.reply(&claim, 12, text, second);
        assert_eq!(
            again,
            AttemptResult::Done { reference: Some(ProviderRef::Reply(id.clone())), at: at(second) }
        );
    }
    assert_eq!(peer.own_texts(), ["Reply #ConfirmKettle"]);
    let other = peer.reply(&claim, 12, "Sold out", 14);
    assert_eq!(other, AttemptResult::impossible("another record is at its address, and stays"));
    assert!(matches!(peer.reply(&claim, 13, "Sold out", 14), AttemptResult::Done { .. }));
    assert_eq!(peer.own_texts(), ["Reply #ConfirmKettle", "Sold out"]);
    assert!(peer.world.delete("ana.example", &claim, at(15).ms()));
    let gone = peer.reply(&claim, 14, "Reply #ConfirmKettle", 16);
    assert_eq!(gone, AttemptResult::gone("the post that it answers is gone"));
}

#[test]
fn a_post_is_read_again_at_its_authors_server() {
    let mut peer = Peer::new();
    let claim = peer.world.post("ana.example", "#BuyKettle", None, at(4).ms()).unwrap();
    let found = peer.exchange(&get_record(SERVER, &claim.parse().unwrap()), at(5));
    let cid = found_record(&found).unwrap().cid;
    let read = |peer: &mut Peer, cid: &str| {
        let directory = Directory { address: SERVER.to_owned() };
        let mut reading = Attestation::new(claim.parse().unwrap(), cid, directory);
        loop {
            match reading.next() {
                AttestationStep::Over(verdict) => return verdict,
                AttestationStep::Ask(request) => {
                    let answer = peer.exchange(&request, at(6));
                    reading.answered(Ok(answer));
                }
            }
        }
    };
    assert_eq!(read(&mut peer, &cid), Verdict::Same);
    assert_eq!(read(&mut peer, "bafyother"), Verdict::Differs { cid: cid.as_str().into() });
    peer.world.delete("ana.example", &claim, at(7).ms());
    assert_eq!(read(&mut peer, &cid), Verdict::Gone);
}

/// A source, with its connection to the stand-in.
struct Reader {
    source: Box<dyn LiveSource>,
    stream: Option<StreamId>,
}

impl Reader {
    /// Reads until nothing more comes; returns the posts as `ID DELETED TEXT`.
    fn read(&mut self, peer: &mut Peer, now: Timestamp) -> Vec<String> {
        let mut lines = Vec::new();
        if let Step::Open(Opening::WebSocket(request)) = self.source.next(now) {
            let made = peer.request(&request);
            let Opened::Stream(stream, _) = peer.world.open(&made, now.ms()) else {
                panic!("it can be opened")
            };
            self.stream = Some(stream);
            self.source.opened(Ok(()), now);
        }
        let stream = self.stream.expect("it is open");
        loop {
            let frames = peer.world.pull(stream, now.ms());
            if frames.is_empty() {
                break;
            }
            for frame in frames {
                assert!(matches!(self.source.next(now), Step::Receive(_)));
                let received = match &frame {
                    Frame::Text(text) => Received::Text(text.as_bytes()),
                    Frame::Binary(bytes) => Received::Binary(bytes),
                    Frame::Ping => Received::Alive,
                    frame => panic!("{frame:?}"),
                };
                self.source.received(received, now, &mut lines);
            }
        }
        assert_eq!(self.source.take_faults(), 0);
        let shown = |line: &str| match Format::Bluesky.decode(line.as_bytes()) {
            Ok(Decoded::Post(post)) => {
                let of = post.repost_of.map(|of| format!(" of {of}")).unwrap_or_default();
                Some(format!("{} {}{of} {}", post.id, post.deleted, post.text))
            }
            _ => None,
        };
        String::from_utf8(lines).unwrap().lines().filter_map(shown).collect()
    }

    fn cut(&mut self, now: Timestamp) {
        self.source.received(Received::Closed("cut"), now, &mut Vec::new());
        assert_eq!(self.source.next(now), Step::Close);
    }
}

#[test]
fn all_three_streams_tell_the_same_posts_and_lose_none_over_a_cut() {
    let host = || vec!["ws://127.0.0.1:2583".into()];
    let sources: [Box<dyn LiveSource>; 3] = [
        Box::new(JetstreamV1::new(host(), None, 7).unwrap()),
        Box::new(JetstreamV2::new(host(), None, 7, false).unwrap()),
        Box::new(Repos::new(host(), None, 7).unwrap()),
    ];
    let mut readers = sources.map(|source| Reader { source, stream: None });
    let mut peer = Peer::new();
    peer.world.post("ana.example", "before", None, at(1).ms()).unwrap();
    for reader in &mut readers {
        assert_eq!(reader.read(&mut peer, at(2)), Vec::<String>::new(), "nothing older is asked for");
    }
    let first = peer.world.post("ana.example", "first", None, at(3).ms()).unwrap();
    for reader in &mut readers {
        assert_eq!(reader.read(&mut peer, at(3)), [format!("{first} false first")]);
        reader.cut(at(4));
    }
    let post = peer.world.post("ana.example", "🔥 #BuyKettle \"now\"", Some(&first), at(40).ms()).unwrap();
    let repost = peer.world.repost("ana.example", &first, at(41).ms()).unwrap();
    peer.world.delete("ana.example", &post, at(42).ms());
    let expected = [
        format!("{post} false 🔥 #BuyKettle \"now\""),
        format!("{repost} false of {first} "),
        format!("{post} true "),
    ];
    for reader in &mut readers {
        let told = reader.read(&mut peer, at(43));
        assert!(told.ends_with(&expected), "{told:?}");
        // A stream is resumed some seconds earlier: what came then may come again.
        let earlier = |line: &String| line.ends_with(" false before") || line.ends_with(" false first");
        let again = &told[..told.len() - expected.len()];
        assert!(again.len() <= 2 && again.iter().all(earlier), "{told:?}");
        assert_eq!(reader.source.take_gap(), None);
    }
}
