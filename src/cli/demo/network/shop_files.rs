//! The shop's files, as a shop writes them: configuration, offer, linked accounts, secrets.

use std::fmt::Write;
use std::io;
use std::path::{Path, PathBuf};

use super::people::People;
use super::place::{APP_PASSWORD, CLIENT_ID, CLIENT_SECRET, MASTODON_TOKEN, Place, Stage, X_BEARER};
use super::tags::{BUY, CANCEL, CONFIRM};
use crate::cli::fail::Fail;
use crate::domain::id::Network;
use crate::domain::time::{Millis, Timestamp};
use crate::engine::output::{is_made_here, start_over};
use crate::journal::private;

/// The offer, in the shop's words.
pub(super) const OFFER: &str = "kettle";

/// What the demo writes beside `data`.
const FILES: [&str; 5] = ["serve.toml", "serve.log", "offers.toml", "accounts.ndjson", "keys"];

/// How long the offer is on sale; it sells out within seconds.
const LASTS: Millis = Millis::from_secs(3600);

/// The directory of the shop.
pub(super) struct ShopFiles {
    directory: PathBuf,
}

/// What differs from one demo to the next.
pub(super) struct Sale {
    /// The port of the shop's own address.
    pub(super) port: u16,
    pub(super) opens: Timestamp,
    pub(super) units: u64,
}

impl ShopFiles {
    /// Removes what an earlier demo sold. Files that no demo made stay, and nothing is written beside them.
    pub(super) fn make_room(directory: &Path) -> Result<Self, Fail> {
        let shop = Self { directory: directory.to_owned() };
        let others = FILES.iter().map(|name| shop.path(name)).find(|path| path.exists());
        if let Some(path) = others.filter(|_| !is_made_here(directory)) {
            let words =
                format!("{} was not made by a demo; choose another directory with --data", path.display());
            return Err(Fail::new(73, words));
        }
        start_over(directory)?;
        start_over(&shop.data())?;
        Ok(shop)
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.directory.join(name)
    }

    /// The data directory.
    pub(super) fn data(&self) -> PathBuf {
        self.path("data")
    }

    /// Writes everything that `serve` reads.
    pub(super) fn write(&self, stages: &[Stage], people: &People, sale: &Sale) -> Result<(), Fail> {
        let keys = self.path("keys");
        private::create_dir_all(&keys).map_err(|source| Fail::io("create", &keys, &source))?;
        let places = || stages.iter().map(|stage| &stage.place);
        let files = [
            ("serve.toml", serve(places(), sale.port)),
            ("offers.toml", offers(places(), sale)),
            ("accounts.ndjson", people.linked.clone()),
            ("keys/x-secret", CLIENT_SECRET.to_owned()),
            ("keys/x-app-token", X_BEARER.to_owned()),
            ("keys/bluesky-app-password", APP_PASSWORD.to_owned()),
            ("keys/mastodon-token", MASTODON_TOKEN.to_owned()),
        ];
        for (name, content) in files {
            let path = self.path(name);
            let written: io::Result<()> = private::write(&path, content);
            written.map_err(|source| Fail::io("write", &path, &source))?;
        }
        Ok(())
    }
}

fn serve<'a>(places: impl Iterator<Item = &'a Place> + Clone, port: u16) -> String {
    let peers: Vec<String> = places.clone().map(|place| format!("\"{}\"", host(place))).collect();
    let mut text = format!(
        "# The shop of `flashtag demo --network`: `flashtag serve --config serve.toml` starts it again.\n\
         # On your own accounts a network takes four lines and no host; docs/guide/go-live.md has them.\n\
         mode = \"test\"\ndata = \"data\"\noffers = \"offers.toml\"\naccounts = \"accounts.ndjson\"\n\
         # The stand-ins. A shop in mode \"test\" alone may call the own machine.\n\
         egress_allow = [{}]\n\n\
         [http]\nlisten = \"127.0.0.1:{port}\"\npublic_url = \"http://127.0.0.1:{port}\"\n\n\
         [subscribers]\nhistory = \"history.ndjson\"\n\n\
         # The whole sale takes less than a minute, so news is old after seconds.\n[limits]\nreply_stale = \"10s\"\n",
        peers.join(", ")
    );
    for place in places {
        let (base, shop) = (place.base_url(), &place.shop);
        let own = match place.network {
            Network::X => format!(
                "client_id = \"{CLIENT_ID}\"\nclient_secret_file = \"keys/x-secret\"\ntoken_file = \"keys/x-app-token\"\n\
                 budget = \"5 USD per day\"\n"
            ),
            Network::Bluesky => format!(
                "directory = \"{base}\"\napp_password_file = \"keys/bluesky-app-password\"\nread = \"jetstream:ws://{}\"\n",
                host(place)
            ),
            // Hashtags besides notifications: only so are deletions heard.
            Network::Mastodon => "token_file = \"keys/mastodon-token\"\nread = \"hashtags\"\n".to_owned(),
        };
        let kind = place.network.name();
        let written = write!(
            text,
            "\n[[network]]\nname = \"{kind}\"\nkind = \"{kind}\"\nhost = \"{base}\"\naccount = \"{shop}\"\n{own}"
        );
        written.expect("writing to a string does not fail");
    }
    text
}

fn offers<'a>(places: impl Iterator<Item = &'a Place> + Clone, sale: &Sale) -> String {
    let listed = |value: &dyn Fn(&Place) -> String| {
        let pairs: Vec<String> =
            places.clone().map(|place| format!("{} = \"{}\"", place.network.name(), value(place))).collect();
        pairs.join(", ")
    };
    let (accounts, handles) = (listed(&|place| place.shop.clone()), listed(&Place::shop_handle));
    let Sale { opens, units, .. } = sale;
    let closes = opens.plus(LASTS);
    format!(
        "[shop]\nname = \"Kiosk\"\naccounts = {{ {accounts} }}\nhandles = {{ {handles} }}\n\
         link_url = \"https://kiosk.example/link\"\n\n\
         [[offer]]\nid = \"{OFFER}\"\nkind = \"purchase\"\ntitle = \"Kettle\"\n\
         tags = {{ buy = \"{BUY}\", confirm = \"{CONFIRM}\", cancel = \"{CANCEL}\" }}\n\
         price = \"59.90 EUR\"\ntax = \"19%\"\nprice_includes_tax = true\nunits = {units}\n\
         opens = \"{opens}\"\ncloses = \"{closes}\"\n\
         # In a demo nobody waits for 15 minutes.\n\
         confirm_within = \"8s\"\nlate_grace = \"1s\"\nprompt_patience = \"5s\"\n"
    )
}

/// Host and port of a stand-in.
fn host(place: &Place) -> String {
    place.base_url().trim_start_matches("http://").to_owned()
}
