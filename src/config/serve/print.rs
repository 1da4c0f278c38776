//! Prints the whole configuration, every key explained, as a file that reads back as the same configuration.

use std::fmt::Display;
use std::path::Path;

use super::stripe::SCA_WITHIN;
use super::{Auth, Cards, Email, Mail, Sca, ServeConfig, print_networks};
use crate::domain::id::Network;

impl ServeConfig {
    /// The effective configuration, as TOML. A password is printed as `***`, and a file with `***` is
    /// refused.
    #[must_use]
    pub fn print(&self) -> String {
        let mut out = String::new();
        self.print_places(&mut out);
        self.print_backups(&mut out);
        self.print_peers(&mut out);
        self.print_consent(&mut out);
        self.print_http(&mut out);
        self.print_providers(&mut out);
        self.print_stripe(&mut out);
        self.print_subscribers(&mut out);
        self.print_replies(&mut out);
        print_networks::print(&self.networks, &mut out);
        out.push_str("\n# Every bound. Where all of one kind are taken, more is refused, never queued without end.\n[limits]\n");
        self.limits.print(&mut out);
        out
    }

    fn print_places(&self, out: &mut String) {
        out.push_str(
            "# Every key can also be set by a variable: FLASHTAG__HTTP__LISTEN is `listen` of [http].\n",
        );
        out.push_str(
            "# Relative paths are relative to the directory of this file, those of providers and subscribers to `data`.\n\n",
        );
        let mode = "\"test\" pretends to take money, and may call the own network; \"live\" sells for real. Fixed at the first start.";
        put(out, mode, "mode", self.mode);
        put(out, "The directory of all that the engine writes.", "data", self.data.display());
        out.push_str(
            "# What is kept there: \"history\" is every segment of the journal, as `verify` needs them; \"2 snapshots\"\n\
             # the last two and what was decided since the older one. Default \"history\".\n",
        );
        out.push_str(&format!("retain = \"{}\"\n", self.retain));
        put(out, "The offer file.", "offers", self.offers.display());
        match &self.accounts {
            Some(path) => put(out, "Accounts linked at the start.", "accounts", path.display()),
            None => out.push_str("# Accounts linked at the start; none.\n# accounts = \"accounts.ndjson\"\n"),
        }
        match &self.templates {
            Some(path) => {
                put(out, "The folder of the shop's own templates.", "templates", path.display());
            }
            None => out.push_str(
                "# The folder of the shop's own templates; none: the built-in templates.\n# templates = \"./templates\"\n",
            ),
        }
        out.push_str(&format!(
            "# How many partitions share the campaigns.\npartitions = {}\n",
            self.partitions
        ));
        let key = "The key that seals the shop's secrets, which is not made if it is missing";
        match &self.secrets_key_file {
            Some(path) => put(out, &format!("{key}."), "secrets_key_file", path.display()),
            None => out.push_str(&format!(
                "# {key}; none: the credential\n\
                 # flashtag-secrets-key of the service manager, or secrets.key in `data`, which the first start makes.\n\
                 # secrets_key_file = \"secrets.key\"\n"
            )),
        }
    }

    fn print_backups(&self, out: &mut String) {
        let place =
            "The directory of the backups, on another disk, and of the ledger of erasures beside them";
        match &self.backups {
            Some(path) => put(out, &format!("{place}."), "backups", path.display()),
            None => out.push_str(&format!("# {place}; none.\n# backups = \"/backups/flashtag\"\n")),
        }
        let retention = "How long backups keep what opens the people: after that, nobody who was erased is in any of them.";
        put(out, retention, "backup_retention", self.backup_retention);
        let every =
            "How often a timer runs `flashtag backup`: /readyz says when the newest backup is twice as old";
        match self.backup_every {
            Some(length) => put(out, &format!("{every}."), "backup_every", length),
            None => out.push_str(&format!("# {every}; nobody says.\n# backup_every = \"1d\"\n")),
        }
    }

    fn print_consent(&self, out: &mut String) {
        let consent = "Where X agreed in writing to what it forbids, such as statement credits for posts";
        match &self.x_consent {
            Some(text) => put(out, &format!("{consent}."), "x_consent", text),
            None => {
                out.push_str(&format!("# {consent}; nowhere.\n# x_consent = \"e-mail of X of 2026-10-01\"\n"))
            }
        }
    }

    fn print_peers(&self, out: &mut String) {
        let peers: Vec<_> = self.peers.egress_allow.iter().map(ToString::to_string).collect();
        out.push_str("# Peers that are called though their addresses are no public ones, and also without TLS; only in mode \"test\"");
        out.push_str(&match peers.as_slice() {
            [] => "; none.\n# egress_allow = [\"127.0.0.1:2583\"]\n".to_owned(),
            peers => format!(".\negress_allow = {peers:?}\n"),
        });
        match &self.peers.ca_file {
            Some(path) => {
                put(out, "Certificates (PEM) that are trusted besides the public roots.", "ca_file", path.display());
            }
            None => out.push_str(
                "# Certificates (PEM) that are trusted besides the public roots; none.\n# ca_file = \"ca.pem\"\n",
            ),
        }
    }

    fn print_http(&self, out: &mut String) {
        out.push_str("\n[http]\n");
        put(out, "The address that is listened on.", "listen", self.http.listen);
        match &self.http.auth {
            Auth::Off => put(out, "No token is asked for; only on a loopback address.", "auth", "off"),
            Auth::TokenFile(path) => put(out, "The file of the bearer token.", "token_file", path.display()),
        }
        match &self.http.public_url {
            Some(url) => put(out, "How buyers reach the engine; letters link there.", "public_url", url),
            None => out.push_str(
                "# How buyers reach the engine; without it letters have no link.\n# public_url = \"https://shop.example\"\n",
            ),
        }
        if self.http.allowed_hosts.is_empty() {
            out.push_str(
                "# Names, besides those of the loopback address, under which requests without a token are served; none.\n\
                 # allowed_hosts = [\"shop.internal\"]\n",
            );
        } else {
            out.push_str(&format!(
                "# Names, besides those of the loopback address, under which requests without a token are served.\n\
                 allowed_hosts = {:?}\n",
                self.http.allowed_hosts
            ));
        }
        let key = self.http.link_key_file.display();
        put(out, "The key that signs those links; made at the first start.", "link_key_file", key);
    }

    fn print_providers(&self, out: &mut String) {
        let providers = &self.providers;
        out.push_str("\n[providers]\n");
        put(
            out,
            "Who takes the money: stripe, sandbox, or sandbox:FILE with a script.",
            "cards",
            within(&providers.cards, &self.data),
        );
        put(
            out,
            "Where replies go: console, or file:PATH.",
            "replies",
            within(&providers.replies, &self.data),
        );
        put(
            out,
            "Where e-mail goes: maildir:PATH, or smtp://USER@HOST:PORT (STARTTLS), or smtps:// (TLS at once).",
            "email",
            within(&providers.email, &self.data),
        );
        put(out, "Who e-mail is from.", "email_from", &providers.email_from);
        put(out, "Where orders go: file:PATH.", "orders", within(&providers.orders, &self.data));
        self.print_mail(out);
    }

    fn print_mail(&self, out: &mut String) {
        let none = Mail::default();
        let mail = match &self.providers.email {
            Email::Smtp(relay) => &relay.mail,
            Email::Maildir(_) => &none,
        };
        out.push_str("\n# What letters by a mail server need.\n[mail]\n");
        let file = "The file of the password that signs in there";
        match &mail.password_file {
            Some(path) => put(out, &format!("{file}."), "password_file", path.display()),
            None => out.push_str(&format!(
                "# {file}; none: the credential\n\
                 # flashtag-smtp-password of the service manager, or the password in the address.\n\
                 # password_file = \"smtp-password\"\n"
            )),
        }
        let selector =
            "The name under which its signature key is published, which `check --providers` looks up";
        match &mail.dkim_selector {
            Some(name) => put(out, &format!("{selector}."), "dkim_selector", name),
            None => out.push_str(&format!("# {selector}; none.\n# dkim_selector = \"s1\"\n")),
        }
        let unsubscribe = "Where readers ask for no more letters: results of orders and notices name it";
        match &mail.unsubscribe {
            Some(address) => put(out, &format!("{unsubscribe}."), "unsubscribe", address),
            None => out.push_str(&format!(
                "# {unsubscribe}; nowhere.\n# unsubscribe = \"unsubscribe@shop.example\"\n"
            )),
        }
    }

    fn print_stripe(&self, out: &mut String) {
        let account = match &self.providers.cards {
            Cards::Stripe(account) => Some(account),
            Cards::Sandbox(_) => None,
        };
        out.push_str("\n# The shop's account at Stripe, where `cards` is \"stripe\".\n[stripe]\n");
        match account.and_then(|account| account.key_file.as_ref()) {
            Some(path) => put(out, "The file of the restricted key.", "key_file", path.display()),
            None => out.push_str(
                "# The file of the restricted key (rk_test_... or rk_live_..., as `mode` is), which others may not read; none: the\n\
                 # credential flashtag-stripe-key of the service manager.\n# key_file = \"stripe-key\"\n",
            ),
        }
        match account.and_then(|account| account.webhook_secret_file.as_ref()) {
            Some(path) => put(
                out,
                "The file of the secrets of the endpoint for webhooks, one in each line.",
                "webhook_secret_file",
                path.display(),
            ),
            None => out.push_str(
                "# The file of the secrets (whsec_...) of the endpoint that Stripe's webhooks are sent to, /v1/webhooks/stripe, one in\n\
                 # each line, which others may not read; none: the credential flashtag-stripe-webhook-secret, and without that\n\
                 # no endpoint: Stripe's events are then read every five minutes.\n\
                 # webhook_secret_file = \"stripe-webhook-secret\"\n",
            ),
        }
        put(
            out,
            "Where the bank asks for the buyer, the payment is declined; or it waits until the buyer opens the link of a letter and\n\
             # authenticates it: link, which needs `public_url`.",
            "sca",
            account.map_or(Sca::Declined, |account| account.sca).name(),
        );
        put(
            out,
            "How long it waits, at most 10m, counted from the order; the unit is kept meanwhile.",
            "sca_within",
            account.map_or(SCA_WITHIN, |account| account.sca_within),
        );
        match account.and_then(|account| account.api_base.as_ref()) {
            Some(base) => put(out, "Where the API is, for tests.", "api_base", base),
            None => out.push_str(
                "# Where the API is; only in mode \"test\", for a stand-in that `egress_allow` names. None: Stripe.\n\
                 # api_base = \"http://127.0.0.1:8430/worlds/shop\"\n",
            ),
        }
    }

    fn print_subscribers(&self, out: &mut String) {
        out.push_str(
            "\n# What follows the sale at its own pace; the sale never waits for it.\n[subscribers]\n",
        );
        match &self.subscribers.history {
            Some(path) => {
                let path = path.strip_prefix(&self.data).ok().filter(|_| self.data.is_relative()).unwrap_or(path);
                put(out, "The file that every record is appended to, as a line of `flashtag history`.", "history", path.display());
            }
            None => out.push_str(
                "# The file that every record is appended to, as a line of `flashtag history`; none.\n# history = \"history.ndjson\"\n",
            ),
        }
    }

    fn print_replies(&self, out: &mut String) {
        out.push_str(
            "\n# Ceilings on replies and announcements, each a number per length of time, all of which hold; or unpaced.\n\
             # The defaults are what the networks themselves allow one account.\n[replies]\n",
        );
        for network in Network::ALL {
            let about = format!("On {}.", network.facts().title);
            put(out, &about, network.name(), self.replies.of(network));
        }
    }
}

/// The provider as it reads back. If `data` is relative, it is cut from the provider's path, because reading
/// joins it again.
fn within(provider: &impl Display, data: &Path) -> String {
    let text = provider.to_string();
    let parts = text.split_once(':').filter(|_| data.is_relative());
    let inner = parts.and_then(|(kind, path)| {
        let path = Path::new(path).strip_prefix(data).ok()?;
        Some(format!("{kind}:{}", path.display()))
    });
    inner.unwrap_or(text)
}

fn put(out: &mut String, doc: &str, key: &str, value: impl Display) {
    let value = toml::Value::String(value.to_string());
    out.push_str(&format!("# {doc}\n{key} = {value}\n"));
}
