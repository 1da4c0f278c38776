//! X: read by the activity of the shop's account, or by tags. It knows no key of a post.

use std::rc::Rc;
use std::sync::Arc;

use flashtag::domain::id::{Account, Network as Named, PostId};
use flashtag::domain::time::{Millis, Timestamp};
use flashtag::intake::stream::NotResumed;
use flashtag::intake::stream::live::LiveSource;
use flashtag::intake::stream::live::x::{Activity, ActivityOptions, Filtered, FilteredOptions, XSource};
use flashtag::net::Http;
use flashtag::networks::SignIn;
use flashtag::networks::x::{Api, AppBearer, Client, Tokens, XSignIn};
use flashtag::outbox::provider::Provider;
use flashtag::outbox::provider::x::{X, XOptions};
use networks::x::{Options, World};
use networks::{Network, Society};

use super::{Beginning, Peer};
use crate::wire::world::begin;

const SERVER: &str = "https://x.example";
const APP: &str = "app-1";
const APP_SECRET: &str = "app-secret";
const APP_TOKEN: &str = "app-bearer";

fn api() -> Api {
    Api::new(SERVER)
}

/// The id of the shop's account, which is the first one of its network.
fn shop_id() -> String {
    World::found(1, begin().ms()).join(World::SHOP, begin().ms()).id
}

impl Peer for World {
    const NETWORK: Named = Named::X;
    const READINGS: &'static [&'static str] = &["activity", "filtered"];
    const HAS_KEYS: bool = false;

    fn found(keep_events: usize, now_ms: i64) -> Self {
        let mut world = Self::new(Options { keep_events, has_rate_limits: false, ..Options::default() });
        world.set_base_url(SERVER);
        world.add_app(APP, Some(APP_SECRET), APP_TOKEN, "https://shop.example/networks/callback");
        world.join(Self::SHOP, now_ms);
        world
    }

    fn shop(&mut self, now_ms: i64) -> Account {
        Self::account(&self.join(Self::SHOP, now_ms).id)
    }

    fn connect(&mut self, now: Timestamp) -> Box<dyn SignIn> {
        let (access, refresh) = (format!("access-{}", now.ms()), format!("refresh-{}", now.ms()));
        self.add_tokens(Self::SHOP, APP, &access, Some(&refresh), now.ms());
        let tokens = Tokens { access, refresh, expires_at: now.plus(Millis::from_secs(7_200)), scope: None };
        let mut sign_in = Self::sign_in();
        sign_in.restore(&tokens.to_kept());
        sign_in
    }

    fn sign_in() -> Box<dyn SignIn> {
        Box::new(XSignIn::new(api(), Client::new(APP.to_owned(), Some(APP_SECRET.to_owned()))))
    }

    fn reader_sign_in(reading: &str) -> Option<Box<dyn SignIn>> {
        (reading == "filtered").then(|| Box::new(AppBearer::new(APP_TOKEN.to_owned())) as Box<dyn SignIn>)
    }

    fn source(reading: &str, beginning: &Beginning<'_>) -> Result<Box<dyn LiveSource>, NotResumed> {
        let Beginning { cursor, tags, seed } = *beginning;
        if reading == "activity" {
            let options = ActivityOptions {
                api: api(),
                account: shop_id(),
                is_app_owned: true,
                app_token: Some(APP_TOKEN.to_owned()),
            };
            return Ok(Box::new(XSource::new(Activity::new(options), cursor, seed)));
        }
        let options = FilteredOptions { api: api(), mentioning: None, rule_tag: "flashtag-shop".to_owned() };
        let mut source = XSource::new(Filtered::new(options), cursor, seed);
        source.set_tags(tags);
        Ok(Box::new(source))
    }

    fn provider(http: Arc<dyn Http>, shop: &Account) -> Rc<dyn Provider> {
        let options = XOptions { api: api(), account: shop.author.to_string(), links_in_replies: false };
        Rc::new(X::new(options, http))
    }

    fn account(id: &str) -> Account {
        Account::parse(Named::X, id).expect("a number")
    }

    fn post_id(id: &str) -> PostId {
        PostId::parse(Named::X, id).expect("a number")
    }

    fn delivers(reading: &str, text: &str) -> bool {
        reading == "filtered" || text.contains("@shop")
    }
}
