//! Whom a connection by TLS trusts: the public roots, and those of a file.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::crypto::ring::default_provider;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};

/// Upper bound on the size of the file, in bytes.
const FILE_BYTES_MAX: u64 = 1 << 20;

/// Whom a connection by TLS trusts.
#[derive(Debug, Clone)]
pub struct Trust {
    web: Arc<ClientConfig>,
    /// The same, for protocols other than HTTP: a server that knows its own name for them refuses that of HTTP.
    other: Arc<ClientConfig>,
}

/// Why the file of trusted certificates cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TrustFault {
    /// It cannot be read.
    #[error("cannot read {}: {source}", .path.display())]
    Unread {
        /// The file.
        path: PathBuf,
        /// The system's error.
        source: io::Error,
    },
    /// It is no list of certificates.
    #[error("{}: {reason}; `ca_file` holds certificates in PEM, which begin with -----BEGIN CERTIFICATE-----", .path.display())]
    Unusable {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
}

impl Trust {
    /// Trusts the public roots, and the certificates in `ca_file`.
    ///
    /// # Errors
    /// When the file cannot be read, has no certificate, or one that cannot be used.
    pub fn load(ca_file: Option<&Path>) -> Result<Self, TrustFault> {
        let mut roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
        if let Some(path) = ca_file {
            let text = text_of(path)?;
            add(&mut roots, &text)
                .map_err(|reason| TrustFault::Unusable { path: path.to_owned(), reason })?;
        }
        let mut config = ClientConfig::builder_with_provider(Arc::new(default_provider()))
            .with_safe_default_protocol_versions()
            .expect("the provider has suites of both versions")
            .with_root_certificates(roots)
            .with_no_client_auth();
        let other = Arc::new(config.clone());
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Self { web: Arc::new(config), other })
    }

    /// For HTTP.
    pub(super) fn web(&self) -> Arc<ClientConfig> {
        Arc::clone(&self.web)
    }

    /// For other protocols.
    pub(super) fn other(&self) -> Arc<ClientConfig> {
        Arc::clone(&self.other)
    }
}

fn text_of(path: &Path) -> Result<Vec<u8>, TrustFault> {
    let unread = |source| TrustFault::Unread { path: path.to_owned(), source };
    let mut text = Vec::new();
    let file = std::fs::File::open(path).map_err(unread)?;
    io::Read::read_to_end(&mut io::Read::take(file, FILE_BYTES_MAX + 1), &mut text).map_err(unread)?;
    if text.len() as u64 > FILE_BYTES_MAX {
        let reason = "is larger than 1 MiB".to_owned();
        return Err(TrustFault::Unusable { path: path.to_owned(), reason });
    }
    Ok(text)
}

fn add(roots: &mut RootCertStore, text: &[u8]) -> Result<(), String> {
    let mut added = 0;
    for certificate in CertificateDer::pem_slice_iter(text) {
        let certificate = certificate.map_err(|error| format!("is no PEM: {error}"))?;
        added += 1;
        roots.add(certificate).map_err(|error| format!("certificate {added} cannot be used: {error}"))?;
    }
    if added == 0 { Err("has no certificate".to_owned()) } else { Ok(()) }
}
