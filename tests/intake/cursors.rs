//! The contract of a store of cursors: the last one that was stored, whole, and nothing before the first.

use flashtag::intake::stream::{
    Cursor, CursorFile, CursorStore, MemoryCursor, MemoryStream, PostStream, StoredCursor,
};

/// A cursor behind so many chunks, with that number as the reader's progress.
fn stored(chunks: u64) -> StoredCursor<u64> {
    let mut stream = MemoryStream::new(vec![b"line\n".to_vec(); 9], None).expect("without a cursor");
    for _ in 0..chunks {
        stream.next_chunk().expect("memory is read");
    }
    let cursor: Cursor = stream.cursor().expect("memory has cursors");
    StoredCursor { cursor, progress: chunks }
}

/// What every store owes.
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
fn a_file_keeps_it_for_the_next_process_and_survives_an_unfinished_write() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let path = directory.path().join("posts.cursor");
    CursorFile::new(path.clone()).store(&stored(4)).expect("the cursor is stored");
    std::fs::write(directory.path().join("posts.cursor.new"), "{\"vers").expect("the file is written");
    let mut store = CursorFile::new(path);
    assert_eq!(store.load().expect("the store is read"), Some(stored(4)));
    store.store(&stored(5)).expect("what was left aside is no obstacle");
    assert_eq!(store.load().expect("the store is read"), Some(stored(5)));
}

#[test]
fn what_is_no_cursor_is_refused() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let path = directory.path().join("posts.cursor");
    for text in ["", "{}", "{\"version\":2,\"stored\":{}}", "{\"version\":1,\"stored\":{\"cursor\":1}}"] {
        std::fs::write(&path, text).expect("the file is written");
        let store: &dyn CursorStore<u64> = &CursorFile::new(path.clone());
        assert!(store.load().is_err(), "{text}");
    }
}
