//! Opens the desk of the linking page: who signs people in, and who takes their cards.

use std::sync::Arc;

use super::card_processor::CardProcessor;
use super::error::Error;
use super::networks::random;
use super::ops::Ops;
use super::owner_mail::owner_mail;
use crate::clock::Clock;
use crate::config::serve::{Cards, Mode, NetworkAccount, ServeConfig};
use crate::domain::id::Network;
use crate::http::{LinkPages, Turns};
use crate::linking::{
    AddressDesk, BlueskyIdentity, CardVault, Desk, DeskBounds, IdentityProvider, MastodonIdentity,
    SandboxCards, SandboxSignIn, SandboxSignsIn, ShopClient, XIdentity,
};
use crate::net::Http;
use crate::networks::Connector;
use crate::networks::bluesky::Directory;
use crate::ops::{SecretName, SigningKey};
use crate::words::Words;

/// The secret with which the shop proves itself to Bluesky's servers.
const CLIENT_KEY: &str = "link-client-key";

/// Which sandboxes of linking a shop has. Only a test has any: the sign-in, which takes everybody at their word while no network is
/// configured, and else sandbox accounts alone, and the cards while the card sandbox charges them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Sandboxes {
    sign_in: Option<SandboxSignsIn>,
    cards: bool,
}

impl Sandboxes {
    fn of(config: &ServeConfig) -> Self {
        match config.mode {
            Mode::Live => Self { sign_in: None, cards: false },
            Mode::Test => Self {
                sign_in: Some(match config.networks.is_empty() {
                    true => SandboxSignsIn::Anybody,
                    false => SandboxSignsIn::SandboxAccounts,
                }),
                cards: matches!(config.providers.cards, Cards::Sandbox(_)),
            },
        }
    }
}

/// The desk as the configuration says: people sign in at the networks where the shop is. `stripe` takes cards where it takes the
/// payments, for the data directory with that instance.
///
/// # Errors
/// When the file of a secret cannot be used.
pub(super) fn link_pages(
    config: &ServeConfig,
    ops: &Ops,
    net: &Arc<dyn Http>,
    (words, clock): (&Arc<Words>, &Clock),
    stripe: Option<(CardProcessor, String)>,
) -> Result<LinkPages, Error> {
    let shop = words.shop();
    let is_test = config.mode == Mode::Test;
    let Sandboxes { sign_in: sandbox_sign_in, cards: takes_sandbox_cards } = Sandboxes::of(config);
    let mut providers: Vec<Box<dyn IdentityProvider>> = Vec::new();
    let at = |network: Network| config.networks.iter().find(move |own| own.network == network);
    if let Some(own) = at(Network::X)
        && let Some(x) = x(own, net)
    {
        providers.push(Box::new(x));
    }
    let mut client_metadata = None;
    if let Some(own) = at(Network::Bluesky) {
        let client = ShopClient::new(shop, config.http.public_url.as_deref(), client_key(ops)?);
        client_metadata = client.metadata();
        let directory = own.directory.clone().map(|address| Directory { address }).unwrap_or_default();
        let places = (directory, own.host.clone());
        let client = Arc::new(client);
        providers.push(Box::new(BlueskyIdentity::new(
            Arc::clone(net),
            places,
            client,
            Box::new(random),
            is_test,
        )));
    }
    if at(Network::Mastodon).is_some() {
        let kept = (ops.database.clone(), ops.secrets.clone());
        providers.push(Box::new(MastodonIdentity::new(Arc::clone(net), kept, shop, is_test)));
    }
    if let Some(signs_in) = sandbox_sign_in {
        providers.extend(Network::ALL.map(|network| Box::new(SandboxSignIn::new(network, signs_in)) as _));
    }
    let sandbox_cards = takes_sandbox_cards.then(|| Arc::new(SandboxCards::default()));
    let database = ops.database.clone();
    let vault = match stripe {
        Some((stripe, instance)) => {
            let cards = stripe.cards(database.clone(), instance).lagging(clock.lag());
            Some(Arc::new(cards) as Arc<dyn CardVault>)
        }
        None => sandbox_cards.clone().map(|cards| cards as Arc<dyn CardVault>),
    };
    let desk = Desk::new(database, Box::new(random), providers, vault, DeskBounds::default());
    let mailer = Arc::new(owner_mail(&config.providers, config.mode, words, &ops.database, clock)?);
    let kept = (ops.database.clone(), ops.people.clone());
    let addresses = AddressDesk::new(kept.0, kept.1, Arc::clone(words), mailer, Box::new(random));
    let turns = Turns::default();
    Ok(LinkPages { desk, addresses, sandbox_sign_in, client_metadata, sandbox_cards, turns })
}

/// The sign-in by the app of the shop's account at X. Its secret was read when the account was opened.
fn x(own: &NetworkAccount, net: &Arc<dyn Http>) -> Option<XIdentity> {
    let connector = Connector::new(own);
    match connector.app() {
        Ok(app) => Some(XIdentity::new(Arc::clone(net), connector.api(), connector.authorize_page(), app)),
        Err(fault) => {
            tracing::error!("nobody can sign in with X to link a card: {fault}");
            None
        }
    }
}

/// The key with which the shop proves itself to Bluesky's servers. It is made once.
fn client_key(ops: &Ops) -> Result<SigningKey, Error> {
    let name = SecretName::parse(CLIENT_KEY).expect("it is the name of a file");
    let kept = ops.secrets.load(&name)?;
    if let Some(key) = kept.and_then(|kept| SigningKey::restore(kept.expose())) {
        return Ok(key);
    }
    let key = SigningKey::random();
    ops.secrets.store(&name, key.stored())?;
    Ok(key)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{SandboxSignsIn, Sandboxes};
    use crate::config::serve::{Mode, parse_serve};

    #[test]
    fn only_a_test_has_sandboxes_and_beside_a_network_one_for_sandbox_accounts() {
        let network = "[[network]]\nname = \"shop\"\nkind = \"bluesky\"\naccount = \"did:plc:shop\"\n\
                       app_password_file = \"app-password\"\n";
        let stripe = "[providers]\ncards = \"stripe\"\n[stripe]\nkey_file = \"key\"\n";
        let (anybody, sandbox) = (SandboxSignsIn::Anybody, SandboxSignsIn::SandboxAccounts);
        let table = [("", anybody, true), (network, sandbox, true), (stripe, anybody, false)];
        for (lines, sign_in, cards) in table {
            let text = format!("data = \"data\"\noffers = \"offers.toml\"\n{lines}");
            let mut config = parse_serve(&text, "flashtag.toml", Path::new("/etc/flashtag"), [])
                .unwrap_or_else(|faults| panic!("{text}\n{faults}"));
            assert_eq!(Sandboxes::of(&config), Sandboxes { sign_in: Some(sign_in), cards }, "{text}");
            // A live shop would not start with some of these; it has no sandbox whatever was configured.
            config.mode = Mode::Live;
            assert_eq!(Sandboxes::of(&config), Sandboxes { sign_in: None, cards: false }, "{text}");
        }
    }
}
