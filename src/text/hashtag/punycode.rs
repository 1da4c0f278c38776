//! Punycode, the ASCII spelling of a host label: needed to look up `みんな` in a list that has `xn--q9jyb4c`.
//!
//! Only encoding, after RFC 3492, section 6.3.

/// The prefix of an encoded label.
pub(super) const PREFIX: &str = "xn--";

const BASE: u32 = 36;
const T_MIN: u32 = 1;
const T_MAX: u32 = 26;
const SKEW: u32 = 38;
const DAMP: u32 = 700;
const FIRST_BIAS: u32 = 72;

/// The ASCII form of a label, `xn--` included; the label itself if it is ASCII already.
///
/// `None` if a number overflows, which happens only with labels that are too long for any host.
pub(super) fn to_ascii(label: &str) -> Option<String> {
    if label.is_ascii() {
        return Some(label.to_owned());
    }
    let mut out = String::from(PREFIX);
    out.extend(label.chars().filter(char::is_ascii));
    let basic = u32::try_from(out.len() - PREFIX.len()).ok()?;
    if basic > 0 {
        out.push('-');
    }
    let (mut delta, mut bias, mut handled) = (0_u32, FIRST_BIAS, basic);
    let mut floor = 0x80_u32;
    while let Some(next) = label.chars().map(u32::from).filter(|&c| c >= floor).min() {
        delta = delta.checked_add((next - floor).checked_mul(handled + 1)?)?;
        for c in label.chars().map(u32::from) {
            if c < next {
                delta = delta.checked_add(1)?;
            } else if c == next {
                push_number(&mut out, delta, bias);
                bias = adapted(delta, handled + 1, handled == basic);
                delta = 0;
                handled += 1;
            }
        }
        delta = delta.checked_add(1)?;
        floor = next + 1;
    }
    Some(out)
}

/// Writes `number` with digits whose weight depends on `bias`.
fn push_number(out: &mut String, mut number: u32, bias: u32) {
    for k in (BASE..).step_by(36) {
        let threshold = k.saturating_sub(bias).clamp(T_MIN, T_MAX);
        if number < threshold {
            break;
        }
        out.extend(char::from_digit(threshold + (number - threshold) % (BASE - threshold), BASE).map(digit));
        number = (number - threshold) / (BASE - threshold);
    }
    out.extend(char::from_digit(number, BASE).map(digit));
}

/// Rust counts digits 0-9a-z, punycode a-z0-9.
fn digit(rust: char) -> char {
    match rust {
        '0'..='9' => char::from(rust as u8 - b'0' + b'a'),
        'a'..='p' => char::from(rust as u8 - b'a' + b'k'),
        other => char::from(other as u8 - b'q' + b'0'),
    }
}

fn adapted(delta: u32, handled: u32, first: bool) -> u32 {
    let mut delta = if first { delta / DAMP } else { delta / 2 };
    delta += delta / handled;
    let mut bias = 0;
    while delta > (BASE - T_MIN) * T_MAX / 2 {
        delta /= BASE - T_MIN;
        bias += BASE;
    }
    bias + (BASE - T_MIN + 1) * delta / (delta + SKEW)
}
