//! The mail server of the configuration: how it is called, and who signs in there.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use zeroize::Zeroizing;

use crate::clock::Clock;
use crate::config::serve::{MailRelay, MailTls, Mode};
use crate::journal::private::{SecretFault, read_secret};
use crate::net::{Dialer, Egress, Security, TextServer, Trust, TrustFault};
use crate::outbox::provider::smtp::dialogue::Manners;
use crate::outbox::provider::smtp::login::Login;
use crate::outbox::provider::smtp::relay::Relay;
use crate::outbox::provider::smtp::waits::Waits;

/// The name of the password in the service manager's directory.
const CREDENTIAL: &str = "flashtag-smtp-password";

/// Why the mail server cannot be used.
#[derive(Debug, thiserror::Error)]
pub(super) enum MailFault {
    /// The file of trusted certificates cannot be used.
    #[error(transparent)]
    Trust(#[from] TrustFault),
    /// The password cannot be read.
    #[error("the password of the mail server, {}: {fault}", .path.display())]
    Password {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        fault: SecretFault,
    },
    /// Somebody signs in without a password.
    #[error(
        "`email` names who signs in at the mail server, and nothing has the password: write \
         password_file = \"smtp-password\" in [mail], or give the credential flashtag-smtp-password"
    )]
    NoPassword,
}

/// The relay as it is configured, for letters from an address at `domain`. Nothing is sent yet.
pub(super) fn relay_of(
    configured: &MailRelay,
    mode: Mode,
    domain: &str,
    clock: Clock,
) -> Result<Relay, MailFault> {
    let MailRelay { url, peers, .. } = configured;
    let egress = Egress::new(mode, peers.egress_allow.clone());
    let dialer = Dialer::new(egress, Trust::load(peers.ca_file.as_deref())?, clock);
    let security = match url.tls {
        MailTls::AtOnce => Security::AtOnce,
        MailTls::Asked => Security::Asked,
        MailTls::Never => Security::Never,
    };
    let server = TextServer { host: url.host.clone(), port: url.port, security };
    let manners = Manners {
        name: domain.to_owned(),
        asks_for_tls: security == Security::Asked,
        login: login_of(configured)?,
    };
    Ok(Relay::new(Arc::new(dialer), server, manners, Waits::default()))
}

fn login_of(configured: &MailRelay) -> Result<Option<Login>, MailFault> {
    let MailRelay { url, mail, .. } = configured;
    let Some(user) = url.user() else { return Ok(None) };
    if let Some(password) = url.password() {
        return Ok(Some(Login::new(user, Zeroizing::new(password.to_owned()))));
    }
    let credentials = std::env::var_os("CREDENTIALS_DIRECTORY").map(PathBuf::from);
    let credential = credentials.map(|directory| directory.join(CREDENTIAL)).filter(|path| path.exists());
    let path = mail.password_file.clone().or(credential).ok_or(MailFault::NoPassword)?;
    Ok(Some(Login::new(user, password_in(&path)?)))
}

fn password_in(path: &Path) -> Result<Zeroizing<String>, MailFault> {
    let text = read_secret(path).map_err(|fault| MailFault::Password { path: path.to_owned(), fault })?;
    let text = Zeroizing::new(text);
    Ok(Zeroizing::new(text.trim_end_matches(['\r', '\n']).to_owned()))
}

/// The domain of a sender's address.
pub(super) fn domain_of(from: &str) -> &str {
    from.rsplit('@').next().unwrap_or_default().trim_end_matches('>')
}
