//! The contract of a cursor store: it returns the last stored cursor complete, and none before the first.

use flashtag::intake::stream::{
    Cursor, CursorFile, CursorStore, MemoryCursor, MemoryStream, PostStream, StoredCursor,
};

/// A cursor after `chunks` chunks, with that number as the reader's progress.
fn stored(chunks: u64) -> StoredCursor<u64> {
    let mut stream = MemoryStream::new(vec![b"line\n".to_vec(); 9], None).expect("without a cursor");
    for _ in 0..chunks {
        stream.next_chunk().expect("memory is read");
    }
    let cursor: Cursor = stream.cursor().expect("memory has cursors");
    StoredCursor { cursor, progress: chunks }
}

/// The contract of every store.
fn check(store: &mut dyn CursorStore<u64>) {
    assert_eq!(store.load().expect("the store is read"), None);
    for chunks in [3, 1, 7] {
        store.store(&stored(chunks)).expect("the cursor is stored");
        for _ in 0..2 {
            assert_eq!(store.load().expect("the store is read"), Some(stored(chunks)));
        }
    }
}

#[test]
fn every_store_keeps_the_last_cursor() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    check(&mut CursorFile::new(directory.path().join("posts.cursor")));
    check(&mut MemoryCursor::default());
}

#[test]
fn a_file_keeps_the_cursor_across_processes_and_unfinished_writes() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let path = directory.path().join("posts.cursor");
    CursorFile::new(path.clone()).store(&stored(4)).expect("the cursor is stored");
    std::fs::write(directory.path().join("posts.cursor.new"), "{\"vers").expect("the file is written");
    let mut store = CursorFile::new(path);
    assert_eq!(store.load().expect("the store is read"), Some(stored(4)));
    store.store(&stored(5)).expect("a leftover file is no obstacle");
    assert_eq!(store.load().expect("the store is read"), Some(stored(5)));
}

#[test]
fn an_invalid_cursor_is_refused() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let path = directory.path().join("posts.cursor");
    for text in ["", "{}", "{\"version\":2,\"stored\":{}}", "{\"version\":1,\"stored\":{\"cursor\":1}}"] {
        std::fs::write(&path, text).expect("the file is written");
        let store: &dyn CursorStore<u64> = &CursorFile::new(path.clone());
        assert!(store.load().is_err(), "{text}");
    }
}
