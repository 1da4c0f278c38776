//! Who an account is: handles and the directory of DIDs.

use serde_json::{Value, json};

use super::world::{Account, World};
use crate::call::Call;
use crate::exchange::{Response, json as answer, text};

/// The document of an account, as the directory has it.
pub(crate) fn document(world: &World, account: &Account) -> Value {
    json!({
        "@context": [
            "https://www.w3.org/ns/did/v1",
            "https://w3id.org/security/multikey/v1",
            "https://w3id.org/security/suites/secp256k1-2019/v1",
        ],
        "id": account.did,
        "alsoKnownAs": [format!("at://{}", account.handle)],
        "verificationMethod": [{
            "id": format!("{}#atproto", account.did),
            "type": "Multikey",
            "controller": account.did,
            "publicKeyMultibase": "zQ3shXjHeiBuRCKmM36cuYnm7YEMzhGnCmCyW92sRJ9pribSF",
        }],
        "service": [{
            "id": "#atproto_pds",
            "type": "AtprotoPersonalDataServer",
            "serviceEndpoint": world.base_url,
        }],
    })
}

/// `GET /did:plc:...`, as the directory answers it.
pub(crate) fn directory(world: &World, did: &str) -> Response {
    match world.accounts.get(did) {
        Some(account) => answer(200, &document(world, account)),
        None => answer(404, &json!({"message": format!("DID not registered: {did}")})),
    }
}

pub(crate) fn resolve_handle(world: &World, call: &Call) -> Response {
    let handle = call.param("handle").unwrap_or_default();
    match world.did_of(handle) {
        Some(did) => answer(200, &json!({"did": did})),
        None => answer(400, &json!({"error": "InvalidRequest", "message": "Unable to resolve handle"})),
    }
}

/// `GET /.well-known/atproto-did`: the account whose handle is the host of the request.
pub(crate) fn well_known(world: &World, call: &Call) -> Response {
    let host = call.header("host").unwrap_or_default();
    let handle = host.rsplit_once(':').map_or(host, |(name, _)| name);
    world.did_of(handle).map_or_else(|| text(404, "User not found"), |did| text(200, &did))
}
