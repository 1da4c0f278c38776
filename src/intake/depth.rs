//! Bounds how deep a text nests, by scanning its bytes before any parser runs.

use super::fault::Fault;

/// Upper bound on the nesting of a line. The posts of all networks need less than half of it.
const DEPTH_MAX: usize = 32;

/// Refuses a text that nests deeper than [`DEPTH_MAX`]. Uses constant stack, whatever the text.
pub(super) fn check_depth(text: &str) -> Result<(), Fault> {
    // A text nests no deeper than it opens brackets, and counting them is many times faster than tracking
    // their nesting.
    if brackets_opened(text.as_bytes()) <= DEPTH_MAX || depth_max(text.as_bytes()) <= DEPTH_MAX {
        Ok(())
    } else {
        Err(Fault::TooDeep)
    }
}

/// Number of opening brackets in the text, those in strings included.
fn brackets_opened(text: &[u8]) -> usize {
    // `[` and `{` differ in one bit. Counts in single bytes, one chunk at a time, so that the compiler
    // vectorizes the loop; wrapping, because an overflow check would prevent that.
    let opens = |count: u8, byte: &u8| count.wrapping_add(u8::from(byte | 0x20 == b'{'));
    text.chunks(192).map(|chunk| usize::from(chunk.iter().fold(0, opens))).sum()
}

fn depth_max(text: &[u8]) -> usize {
    let (mut depth, mut deepest, mut in_string, mut escaped) = (0_usize, 0, false, false);
    for &byte in text {
        if in_string {
            in_string = escaped || byte != b'"';
            escaped = !escaped && byte == b'\\';
            continue;
        }
        match byte {
            b'"' => in_string = true,
            b'[' | b'{' => depth += 1,
            b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        deepest = deepest.max(depth);
    }
    deepest
}

#[cfg(test)]
mod tests {
    use super::check_depth;

    #[test]
    fn brackets_inside_strings_do_not_nest() {
        let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        let table = [
            (String::new(), true),
            (nested(32), true),
            (nested(33), false),
            ("{".repeat(1_000_000), false),
            ("[".repeat(1_000_000), false),
            (format!("\"{}\"", "[".repeat(1_000)), true),
            (format!("\"\\\"{}\"", "[".repeat(1_000)), true),
            (format!("\"\\\\\"{}", "[".repeat(1_000)), false),
            ("[]".repeat(1_000), true),
            (format!("{}{}", "]".repeat(100), "[".repeat(33)), false),
        ];
        for (text, fine) in table {
            assert_eq!(check_depth(&text).is_ok(), fine, "{} bytes", text.len());
        }
    }
}
