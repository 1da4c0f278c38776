//! The source of each account's posts.

use compact_str::CompactString;

use crate::config::serve::{NetworkAccount, Reading, Transport as ReadBy};
use crate::intake::stream::live::LiveSource;
use crate::intake::stream::live::bluesky::{JetstreamV1, JetstreamV2, Repos};
use crate::intake::stream::live::mastodon::{MastodonSource, Settings, Transport};
use crate::intake::stream::live::x::{Activity, ActivityOptions, Filtered, FilteredOptions, XSource};
use crate::intake::stream::{Cursor, NotResumed};
use crate::networks::mastodon::Server;
use crate::networks::x::Api;

/// What a source is made of besides the configuration.
pub(super) struct Facts<'a> {
    /// The tags of the catalog.
    pub(super) tags: &'a [String],
    /// The app-only token of an account at X.
    pub(super) app_token: Option<&'a str>,
    /// Where a server of Mastodon says that its streams are.
    pub(super) streaming: Option<&'a str>,
    /// Seed of the jitter of waits.
    pub(super) seed: u64,
}

/// The source of an account's posts, which resumes at `cursor`; `None` if nothing is to be read.
pub(super) fn source(
    account: &NetworkAccount,
    facts: &Facts<'_>,
    cursor: Option<&Cursor>,
) -> Result<Option<Box<dyn LiveSource>>, NotResumed> {
    let Facts { tags, app_token, streaming, seed } = *facts;
    Ok(Some(match &account.read {
        Reading::Off => return Ok(None),
        Reading::Activity => {
            let options = ActivityOptions {
                api: Api::new(&account.host),
                account: account.account.author.to_string(),
                is_app_owned: true,
                app_token: app_token.map(str::to_owned),
            };
            Box::new(XSource::new(Activity::new(options), cursor, seed))
        }
        Reading::Filtered => {
            let rule_tag = format!("flashtag-{}", account.name);
            let options = FilteredOptions { api: Api::new(&account.host), mentioning: None, rule_tag };
            let mut source = XSource::new(Filtered::new(options), cursor, seed);
            source.set_tags(tags);
            Box::new(source)
        }
        Reading::Jetstream(at) => Box::new(JetstreamV1::new(vec![at.into()], cursor, seed)?),
        Reading::Jetstream2(at) => Box::new(JetstreamV2::new(vec![at.into()], cursor, seed, true)?),
        Reading::Repositories(at) => Box::new(Repos::new(vec![at.into()], cursor, seed)?),
        Reading::Notifications(by) | Reading::Hashtags(by) => {
            let hashtags = matches!(account.read, Reading::Hashtags(_));
            let settings = Settings {
                server: Server::parse(&account.host).expect("the configuration was read"),
                streaming: streaming.map(str::to_owned),
                transport: match by {
                    ReadBy::WebSocket => Transport::WebSocket,
                    ReadBy::Events => Transport::Events,
                },
                notifications: true,
                tags: if hashtags { tags.iter().map(CompactString::from).collect() } else { Vec::new() },
                seed,
            };
            Box::new(MastodonSource::new(settings, cursor)?)
        }
    }))
}
