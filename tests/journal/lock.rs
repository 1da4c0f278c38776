//! One process per data directory.

use flashtag::journal::{DataLock, Error};

#[test]
fn a_second_lock_is_refused_and_names_the_owner() {
    let home = tempfile::tempdir().expect("a directory for tests");
    let data = home.path().join("deep/data");
    let first = DataLock::acquire(&data).expect("the directory is free");
    let error = DataLock::acquire(&data).expect_err("it is taken");
    let Error::Locked { directory, pid } = &error else { panic!("{error}") };
    assert_eq!((directory, pid), (&data, &std::process::id().to_string()));
    let expected = format!("another flashtag process (pid {pid}) uses {}", data.display());
    assert!(error.to_string().starts_with(&expected), "{error}");
    drop(first);
    DataLock::acquire(&data).expect("it was released");
}
