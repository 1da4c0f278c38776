//! Sealed secrets on a disk that fails: the earlier secret or the new one is there, and what does not open stays as it is.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use flashtag::journal::{DiskFault, SimDisk};
use flashtag::ops::{KeyPlace, NotOpened, Secret, SecretError, SecretName, SecretStore};

use super::Data;
use crate::test_rng::TestRng;

/// A key in a file, and a store on a simulated disk.
struct Shop {
    keys: Data,
    disk: SimDisk,
}

impl Shop {
    fn new() -> Self {
        Self { keys: Data::new(), disk: SimDisk::new() }
    }

    fn key(&self, digit: char) -> KeyPlace {
        let path = self.keys.path(&format!("key-{digit}"));
        flashtag::journal::private::write(&path, digit.to_string().repeat(64)).unwrap();
        KeyPlace::find(Some(&path), None, Path::new("/unused"))
    }

    fn open_with(&self, digit: char) -> Result<SecretStore, SecretError> {
        SecretStore::open(Arc::new(self.disk.clone()), Path::new("/data"), &self.key(digit))
    }

    fn open(&self) -> SecretStore {
        self.open_with('1').unwrap_or_else(|error| panic!("{error}"))
    }
}

fn name(text: &str) -> SecretName {
    SecretName::parse(text).unwrap()
}

fn file(name: &str) -> PathBuf {
    Path::new("/data/secrets").join(format!("{name}.sealed"))
}

fn loaded(store: &SecretStore, text: &str) -> Option<Secret> {
    store.load(&name(text)).unwrap_or_else(|error| panic!("{error}"))
}

fn not_opened(result: Result<impl std::fmt::Debug, SecretError>) -> NotOpened {
    match result {
        Err(SecretError::NotOpened { fault, .. }) => fault,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_secret_is_there_after_a_restart_and_gone_once_it_is_removed() {
    let shop = Shop::new();
    let store = shop.open();
    assert_eq!(loaded(&store, "shop-x"), None);
    store.store(&name("shop-x"), &Secret::from("token 1")).unwrap();
    store.store(&name("shop-b"), &Secret::from("")).unwrap();
    store.store(&name("shop-x"), &Secret::from("token 2")).unwrap();
    shop.disk.crash(|_| 0);
    let store = shop.open();
    assert_eq!(loaded(&store, "shop-x"), Some(Secret::from("token 2")));
    assert_eq!(loaded(&store, "shop-b"), Some(Secret::from("")));
    assert!(store.remove(&name("shop-x")).unwrap());
    assert!(!store.remove(&name("shop-x")).unwrap());
    shop.disk.crash(|_| 0);
    assert_eq!(loaded(&shop.open(), "shop-x"), None);
}

/// The power fails at each step of a call, and what was not synced stays or is lost in every mixture.
#[test]
fn a_power_loss_leaves_the_earlier_secret_or_the_new_one() {
    let (old, new) = (Secret::from("the old token"), Secret::from("the new token, which is longer"));
    let mut rng = TestRng::new(23);
    let (mut olds, mut news) = (0, 0);
    for first in [None, Some(&old)] {
        let shop = Shop::new();
        let store = shop.open();
        if let Some(first) = first {
            store.store(&name("shop-x"), first).unwrap();
        }
        shop.disk.crash(|_| 1);
        let steps_before = shop.disk.steps();
        let whole = Shop { keys: Data::new(), disk: shop.disk.fork() };
        whole.open().store(&name("shop-x"), &new).unwrap();
        let steps = whole.disk.steps() - steps_before;
        for nth in 1..=steps + 1 {
            for _ in 0..20 {
                let cut = Shop { keys: Data::new(), disk: shop.disk.fork() };
                cut.disk.inject(DiskFault::PowerFails { nth });
                let stored = cut.open_with('1').and_then(|store| store.store(&name("shop-x"), &new));
                cut.disk.crash(|most| rng.below(usize::try_from(most).unwrap()) as u64);
                let found = loaded(&cut.open(), "shop-x");
                if stored.is_ok() {
                    assert_eq!(found.as_ref(), Some(&new), "step {nth}: what returned is durable");
                }
                assert!(
                    found.as_ref() == first || found.as_ref() == Some(&new),
                    "step {nth}: {:?}",
                    found.is_some()
                );
                if found.as_ref() == Some(&new) {
                    news += 1
                } else {
                    olds += 1
                }
                // The next call works, whatever the last one left.
                cut.open().store(&name("shop-x"), &old).unwrap();
                assert_eq!(loaded(&cut.open(), "shop-x"), Some(old.clone()));
            }
        }
    }
    assert!(olds > 100 && news > 40, "{olds} times the earlier secret, {news} times the new one");
}

#[test]
fn a_write_or_a_sync_that_fails_is_reported_and_leaves_a_whole_secret() {
    let (old, new) = (Secret::from("old"), Secret::from("new"));
    for fault in [
        DiskFault::WriteFails { nth: 1, errno: 28 },
        DiskFault::SyncFails { nth: 1, errno: 5 },
        DiskFault::SyncFails { nth: 2, errno: 5 },
    ] {
        let shop = Shop::new();
        let store = shop.open();
        store.store(&name("shop-x"), &old).unwrap();
        shop.disk.inject(fault);
        store.store(&name("shop-x"), &new).expect_err("the disk failed");
        shop.disk.crash(|_| 0);
        assert_eq!(loaded(&shop.open(), "shop-x"), Some(old.clone()), "{fault:?}");
    }
    for fault in [DiskFault::WriteShort { nth: 1, bytes: 3 }, DiskFault::WriteInterrupted { nth: 1 }] {
        let shop = Shop::new();
        let store = shop.open();
        shop.disk.inject(fault);
        store.store(&name("shop-x"), &new).unwrap();
        shop.disk.crash(|_| 0);
        assert_eq!(loaded(&shop.open(), "shop-x"), Some(new.clone()), "{fault:?}");
    }
}

#[test]
fn what_another_key_sealed_is_refused_and_never_overwritten() {
    let shop = Shop::new();
    let late = shop.open_with('2').unwrap();
    shop.open().store(&name("shop-x"), &Secret::from("token")).unwrap();
    let sealed = shop.disk.content(&file("shop-x"));
    let refused = shop.open_with('2').expect_err("it is another key");
    assert_eq!(refused.exit_code(), 78);
    assert!(refused.to_string().contains("sealed with another key; restore the key"), "{refused}");
    assert_eq!(not_opened(late.load(&name("shop-x"))), NotOpened::OtherKey);
    assert_eq!(not_opened(late.store(&name("shop-x"), &Secret::from("mine"))), NotOpened::OtherKey);
    assert_eq!(shop.disk.content(&file("shop-x")), sealed);
    assert_eq!(loaded(&shop.open(), "shop-x"), Some(Secret::from("token")));
}

#[test]
fn what_a_newer_release_sealed_is_refused_and_never_overwritten() {
    let shop = Shop::new();
    let store = shop.open();
    store.store(&name("shop-x"), &Secret::from("token")).unwrap();
    assert!(shop.disk.edit(&file("shop-x"), |bytes| bytes[0] = 2));
    assert_eq!(not_opened(shop.open_with('1').map(drop)), NotOpened::Newer(2));
    assert_eq!(not_opened(store.load(&name("shop-x"))), NotOpened::Newer(2));
    assert_eq!(not_opened(store.store(&name("shop-x"), &Secret::from("mine"))), NotOpened::Newer(2));
}

#[test]
fn a_changed_or_cut_file_does_not_open_and_can_be_replaced() {
    let length = {
        let shop = Shop::new();
        shop.open().store(&name("shop-x"), &Secret::from("token")).unwrap();
        shop.disk.content(&file("shop-x")).unwrap().len()
    };
    for at in 0..length {
        for is_cut in [false, true] {
            let shop = Shop::new();
            let store = shop.open();
            store.store(&name("shop-x"), &Secret::from("token")).unwrap();
            let change = |bytes: &mut Vec<u8>| if is_cut { bytes.truncate(at) } else { bytes[at] ^= 1 };
            assert!(shop.disk.edit(&file("shop-x"), change));
            let fault = not_opened(store.load(&name("shop-x")));
            // Bytes 1 to 8 say which key sealed it; byte 0 is the version, which becomes 0.
            let expected =
                if !is_cut && (1..9).contains(&at) { NotOpened::OtherKey } else { NotOpened::Changed };
            assert_eq!(fault, expected, "byte {at}, cut: {is_cut}");
            if expected == NotOpened::Changed {
                shop.open().store(&name("shop-x"), &Secret::from("again")).unwrap();
                assert_eq!(loaded(&store, "shop-x"), Some(Secret::from("again")));
            }
        }
    }
}

#[test]
fn a_file_opens_under_its_own_name_alone() {
    let shop = Shop::new();
    let store = shop.open();
    store.store(&name("shop-x"), &Secret::from("token of x")).unwrap();
    store.store(&name("shop-b"), &Secret::from("token of b")).unwrap();
    let (x, b) = (shop.disk.content(&file("shop-x")).unwrap(), shop.disk.content(&file("shop-b")).unwrap());
    assert!(shop.disk.edit(&file("shop-x"), |bytes| bytes.clone_from(&b)));
    assert!(shop.disk.edit(&file("shop-b"), |bytes| bytes.clone_from(&x)));
    for swapped in ["shop-x", "shop-b"] {
        assert_eq!(not_opened(store.load(&name(swapped))), NotOpened::Changed);
    }
}

#[test]
fn names_are_names_of_files_on_every_system() {
    for good in ["x", "shop-x", "mastodon.social", "app_1.mastodon.social", &"a".repeat(128)] {
        assert_eq!(SecretName::parse(good).unwrap().as_str(), good);
    }
    for bad in ["", ".", "..", ".x", "-x", "a/b", "../x", "Shop", "a b", "a\0", "ä", &"a".repeat(129)] {
        assert_eq!(SecretName::parse(bad), None, "{bad:?}");
    }
}

#[test]
fn a_secret_is_shown_nowhere() {
    let shop = Shop::new();
    let store = shop.open();
    let secret = Secret::from("hunter2");
    store.store(&name("shop-x"), &secret).unwrap();
    assert_eq!(format!("{secret:?} {store:?}"), "*** SecretStore(/data/secrets)");
    let bytes = shop.disk.content(&file("shop-x")).unwrap();
    assert!(!bytes.windows(7).any(|window| window == b"hunter2"));
}
