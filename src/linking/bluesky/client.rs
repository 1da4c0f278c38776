//! The shop as a client of Bluesky's servers: its id, which is the address of its metadata, and its key.

use serde_json::{Value, json};

use super::super::asked::with_query;
use super::super::identity::SignInFault;
use super::token::{jwk, key_name};
use crate::ops::SigningKey;

/// What is asked for: to know who it is.
pub(super) const SCOPE: &str = "atproto";

/// The path of the metadata below the shop's public address.
const METADATA: &str = "/link/client-metadata.json";
const CALLBACK: &str = "/link/cb/bluesky";

/// The shop as a client.
#[derive(Debug)]
pub struct ShopClient {
    shop: String,
    /// The public address, which has TLS; `None` if the shop has none.
    public_url: Option<String>,
    key: SigningKey,
}

impl ShopClient {
    /// The shop of that name, at its public address, with its own key.
    #[must_use]
    pub fn new(shop: &str, public_url: Option<&str>, key: SigningKey) -> Self {
        let public_url = public_url.filter(|url| url.starts_with("https://")).map(str::to_owned);
        Self { shop: shop.to_owned(), public_url, key }
    }

    /// What the shop tells Bluesky's servers about itself; `None` without a public address.
    #[must_use]
    pub fn metadata(&self) -> Option<Value> {
        let base = self.public_url.as_deref()?;
        let mut key = jwk(&self.key);
        if let Some(key) = key.as_object_mut() {
            key.insert("kid".to_owned(), key_name(&self.key).into());
            key.insert("use".to_owned(), "sig".into());
            key.insert("alg".to_owned(), "ES256".into());
        }
        Some(json!({
            "client_id": format!("{base}{METADATA}"),
            "client_name": self.shop,
            "client_uri": base,
            "application_type": "web",
            "redirect_uris": [format!("{base}{CALLBACK}")],
            "grant_types": ["authorization_code"],
            "response_types": ["code"],
            "scope": SCOPE,
            "dpop_bound_access_tokens": true,
            "token_endpoint_auth_method": "private_key_jwt",
            "token_endpoint_auth_signing_alg": "ES256",
            "jwks": {"keys": [key]},
        }))
    }

    /// The id with which a browser comes back to `callback`. On this machine there is no metadata that others could read,
    /// so the id says everything itself, and the shop proves nothing.
    ///
    /// # Errors
    /// When Bluesky's servers send no browser back there.
    pub(super) fn id(&self, callback: &str) -> Result<(String, Option<&SigningKey>), SignInFault> {
        if let Some(base) = self.public_url.as_deref()
            && callback == format!("{base}{CALLBACK}")
        {
            return Ok((format!("{base}{METADATA}"), Some(&self.key)));
        }
        if callback.starts_with("http://127.0.0.1:") || callback.starts_with("http://[::1]:") {
            let id = with_query("http://localhost", &[("redirect_uri", callback), ("scope", SCOPE)]);
            return Ok((id, None));
        }
        Err(SignInFault::Typed(
            "Bluesky sends nobody back to this address: open the page at the shop's public address, or at \
             http://127.0.0.1 with the port",
        ))
    }
}
