//! Lists without any room for more: everybody has some.

/// Adds one.
pub(super) fn push<T>(to: &mut Box<[T]>, one: T) {
    let mut grown = std::mem::take(to).into_vec();
    grown.reserve_exact(1);
    grown.push(one);
    *to = grown.into_boxed_slice();
}

/// Takes the one at that place away, and the room for it.
pub(super) fn remove<T>(from: &mut Box<[T]>, place: usize) {
    let mut shrunk = std::mem::take(from).into_vec();
    shrunk.remove(place);
    *from = shrunk.into_boxed_slice();
}
