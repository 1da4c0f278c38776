//! Where the key of the secrets comes from, and when it is refused.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::Arc;

use flashtag::journal::{FileDisk, private};
use flashtag::ops::{KeyPlace, Secret, SecretError, SecretName, SecretStore, SecretsKeyError};

use super::{Data, mode};

fn open(
    data: &Data,
    configured: Option<&Path>,
    credentials: Option<&Path>,
) -> Result<SecretStore, SecretError> {
    let place = KeyPlace::find(configured, credentials, &data.path(""));
    SecretStore::open(Arc::new(FileDisk), &data.path(""), &place)
}

fn name() -> SecretName {
    SecretName::parse("shop-x").unwrap()
}

#[test]
fn the_own_key_is_made_once_for_its_owner_alone() {
    let data = Data::new();
    open(&data, None, None).unwrap().store(&name(), &Secret::from("token")).unwrap();
    assert_eq!(data.names(), ["secrets", "secrets.key"], "nothing is left of making it");
    assert_eq!(mode(&data.path("secrets.key")), 0o600);
    assert_eq!(mode(&data.path("secrets")), 0o700);
    assert_eq!(mode(&data.path("secrets/shop-x.sealed")), 0o600);
    let key = fs::read(data.path("secrets.key")).unwrap();
    let again = open(&data, None, None).unwrap();
    assert_eq!(again.load(&name()).unwrap(), Some(Secret::from("token")));
    assert_eq!(fs::read(data.path("secrets.key")).unwrap(), key);
    let other = Data::new();
    open(&other, None, None).unwrap();
    assert_ne!(fs::read(other.path("secrets.key")).unwrap(), key);
}

#[test]
fn a_key_that_is_gone_is_not_made_anew_beside_what_it_sealed() {
    let data = Data::new();
    open(&data, None, None).unwrap().store(&name(), &Secret::from("token")).unwrap();
    fs::remove_file(data.path("secrets.key")).unwrap();
    let gone = open(&data, None, None).expect_err("the key is gone");
    assert!(matches!(gone, SecretError::Key(SecretsKeyError::Missing { .. })), "{gone}");
    assert_eq!(gone.exit_code(), 78);
    assert!(!data.path("secrets.key").exists());
    fs::remove_file(data.path("secrets/shop-x.sealed")).unwrap();
    assert_eq!(open(&data, None, None).unwrap().load(&name()).unwrap(), None);
}

#[test]
fn the_configured_key_comes_before_the_credential_and_that_before_the_own() {
    let data = Data::new();
    let credentials = data.path("credentials");
    private::create_dir(&credentials).unwrap();
    let own = KeyPlace::Own(data.path("secrets.key"));
    let find = |configured, credentials| KeyPlace::find(configured, credentials, &data.path(""));
    assert_eq!(find(None, None), own);
    assert_eq!(find(None, Some(&*credentials)), own, "there is no such credential");
    let credential = credentials.join("flashtag-secrets-key");
    private::write(&credential, "1".repeat(64)).unwrap();
    assert_eq!(find(None, Some(&*credentials)), KeyPlace::Given(credential));
    let configured = data.path("elsewhere");
    assert_eq!(find(Some(&*configured), Some(&*credentials)), KeyPlace::Given(configured.clone()));
    let store = open(&data, None, Some(&credentials)).unwrap();
    store.store(&name(), &Secret::from("token")).unwrap();
    assert!(!data.path("secrets.key").exists(), "no second key is made");
    assert_eq!(open(&data, None, None).map(drop).unwrap_err().exit_code(), 78, "the credential is gone");
}

#[test]
fn a_given_key_must_be_there_private_and_a_key() {
    let data = Data::new();
    let path = data.path("key");
    let fault = || {
        let place = KeyPlace::find(Some(&path), None, &data.path(""));
        let opened = open(&data, Some(&path), None).map(drop).map_err(|error| error.to_string());
        assert_eq!(place.fault().map(|fault| fault.to_string()), opened.clone().err());
        opened
    };
    assert!(fault().unwrap_err().contains("cannot read the key of the secrets"));
    assert!(!path.exists(), "a key that the configuration names is never made");
    for (content, words) in [
        ("", "not 64 hexadecimal digits"),
        ("secret", "not 64 hexadecimal digits"),
        (&"g".repeat(64), "not 64 hexadecimal digits"),
        (&"0".repeat(63), "not 64 hexadecimal digits"),
    ] {
        private::write(&path, content).unwrap();
        assert!(fault().unwrap_err().contains(words), "{content}");
    }
    fs::write(&path, [0xff; 32]).unwrap();
    assert!(fault().unwrap_err().contains("not 64 hexadecimal digits"), "bytes that are no text");
    for (mode, good) in
        [(0o600, true), (0o400, true), (0o640, false), (0o604, false), (0o644, false), (0o620, false)]
    {
        fs::set_permissions(&path, Permissions::from_mode(0o600)).unwrap();
        fs::write(&path, format!("{}\n", "0f".repeat(32))).unwrap();
        fs::set_permissions(&path, Permissions::from_mode(mode)).unwrap();
        match fault() {
            Ok(()) => assert!(good, "{mode:o}"),
            Err(words) => assert!(!good && words.contains("may be read by other users"), "{mode:o}: {words}"),
        }
    }
}
