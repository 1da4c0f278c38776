//! What is kept of a sign-in over restarts: the token sealed, and for operators how the account stands.

use std::path::Path;
use std::sync::Arc;

use flashtag::domain::time::Timestamp;
use flashtag::journal::FileDisk;
use flashtag::networks::{Keep, SealedKeep};
use flashtag::ops::{KeyPlace, OpsDatabase, Secret, SecretName, SecretStore, TokenState};

const DAY_MS: i64 = 86_400_000;

fn open(data: &Path) -> SealedKeep {
    open_for(data, "1234")
}

fn open_for(data: &Path, account: &str) -> SealedKeep {
    let key = KeyPlace::find(None, None, data);
    SealedKeep {
        secrets: SecretStore::open(Arc::new(FileDisk), data, &key).unwrap(),
        name: SecretName::parse("shop-x").unwrap(),
        database: OpsDatabase::open(&data.join("ops.sqlite")).unwrap(),
        network: "shop-x".into(),
        account: account.into(),
    }
}

#[test]
fn a_renewed_token_is_sealed_and_the_renewal_noted() {
    let directory = tempfile::tempdir().unwrap();
    let at = |day: i64| Timestamp::from_ms(day * DAY_MS);
    let keep = open(directory.path());
    assert_eq!(keep.kept().unwrap(), None);
    keep.signed_out("never connected", at(1));
    let noted = |keep: &SealedKeep| keep.database.token_state("shop-x").unwrap();
    let signed_out = Some((at(1), "never connected".to_owned()));
    assert_eq!(noted(&keep), TokenState { renewed_at: None, signed_out });
    keep.keep(&Secret::from("refresh token 1"), at(2)).unwrap();
    keep.keep(&Secret::from("refresh token 2"), at(3)).unwrap();
    drop(keep);
    let keep = open(directory.path());
    assert_eq!(keep.kept().unwrap(), Some(Secret::from("refresh token 2")));
    assert_eq!(noted(&keep), TokenState { renewed_at: Some(at(3)), signed_out: None });
    let mut files = vec![directory.path().join("ops.sqlite"), directory.path().join("ops.sqlite-wal")];
    files.push(directory.path().join("secrets/shop-x.sealed"));
    for file in files.iter().filter(|file| file.exists()) {
        let bytes = std::fs::read(file).unwrap();
        assert!(!bytes.windows(7).any(|window| window == b"refresh"), "{}", file.display());
    }
}

#[test]
fn a_token_that_cannot_be_sealed_is_not_kept() {
    let directory = tempfile::tempdir().unwrap();
    let keep = open(directory.path());
    keep.keep(&Secret::from("refresh token 1"), Timestamp::from_ms(DAY_MS)).unwrap();
    std::fs::remove_dir_all(directory.path().join("secrets")).unwrap();
    let fault =
        keep.keep(&Secret::from("refresh token 2"), Timestamp::from_ms(DAY_MS)).expect_err("no directory");
    assert!(fault.to_string().contains("cannot write"), "{fault}");
}

/// The configuration names another account under the old name.
#[test]
fn what_was_kept_of_another_account_is_not_used() {
    let directory = tempfile::tempdir().unwrap();
    let at = Timestamp::from_ms(DAY_MS);
    open(directory.path()).keep(&Secret::from("line 1\nline 2"), at).unwrap();
    for (account, expected) in [("1234", Some("line 1\nline 2")), ("123", None), ("12345", None), ("", None)]
    {
        let kept = open_for(directory.path(), account).kept().unwrap();
        assert_eq!(kept, expected.map(Secret::from), "{account}");
    }
}
