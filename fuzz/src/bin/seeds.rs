//! Writes the seeds of every target to `corpus/`, from where the fuzzer begins.

use std::fs;
use std::path::Path;

fn main() -> std::io::Result<()> {
    for (name, _, seeds) in flashtag_fuzz::TARGETS {
        let folder = Path::new("corpus").join(name);
        fs::create_dir_all(&folder)?;
        for (number, seed) in seeds().iter().enumerate() {
            fs::write(folder.join(format!("seed-{number:02}")), seed)?;
        }
    }
    Ok(())
}
