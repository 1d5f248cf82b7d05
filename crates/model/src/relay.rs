//! How layers get to many hosts at once while the registry's host gives each of them away only a few times: a layer is cut into pieces,
//! and every piece goes from host to host along a tree of its own. Each host passes on about as much as it gets, whatever the number of
//! hosts. The trees follow from the numbers of hosts and pieces alone, so nobody has to be asked who has what; a host that does not answer is
//! passed over, up the tree and in the end at a registry. Nothing here touches a network or a clock.

mod tree;
mod window;

pub use tree::{From, Hosts};
pub use window::Window;

use std::ops::Range;

/// Bytes of a piece; the last one of a layer may be shorter.
pub const PIECE: u64 = 4 * 1024 * 1024;

/// How many pieces a layer of so many bytes has.
#[must_use]
pub fn pieces(size: u64) -> u64 {
    size.div_ceil(PIECE)
}

/// Where a piece lies in a layer of so many bytes.
#[must_use]
pub fn bytes(piece: u64, size: u64) -> Range<u64> {
    (piece * PIECE).min(size)..((piece + 1) * PIECE).min(size)
}

#[cfg(test)]
mod simulation;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_cover_a_layer_once() {
        for size in [0, 1, PIECE - 1, PIECE, PIECE + 1, 10 * PIECE + 7] {
            let mut end = 0;
            for piece in 0..pieces(size) {
                let range = bytes(piece, size);
                assert_eq!(range.start, end);
                assert!(range.end > range.start && range.end - range.start <= PIECE);
                end = range.end;
            }
            assert_eq!(end, size);
        }
    }
}
