//! The mode of a data directory.

use flashtag::config::serve::Mode;
use flashtag::control::mode_file::{ModeError, ModeFile};

#[test]
fn the_first_mode_stays() {
    let directory = tempfile::tempdir().unwrap();
    // The mode of the first start, that of a later one, and whether that is the same.
    for (first, later, fits) in [
        (Mode::Test, Mode::Test, true),
        (Mode::Test, Mode::Live, false),
        (Mode::Live, Mode::Live, true),
        (Mode::Live, Mode::Test, false),
    ] {
        let data = directory.path().join(format!("{first}-{later}"));
        std::fs::create_dir(&data).unwrap();
        let file = ModeFile::of(&data);
        assert!(file.read().unwrap().is_none() && file.check(later).is_ok(), "a new directory is of no mode");
        file.fix(first).unwrap();
        assert_eq!(file.read().unwrap(), Some(first));
        for asked in [file.check(later), file.fix(later)] {
            match asked {
                Ok(()) => assert!(fits, "{first} then {later}"),
                Err(ModeError::Other { fixed, asked, .. }) => {
                    assert_eq!((fixed, asked, fits), (first, later, false));
                }
                Err(other) => panic!("{other}"),
            }
        }
        assert_eq!(file.read().unwrap(), Some(first), "it stays as it was");
    }
}
