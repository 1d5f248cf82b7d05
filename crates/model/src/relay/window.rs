//! What one host has of a layer at a time. It reads the layer from its beginning to its end and cannot keep all of it, so there is a window
//! over the pieces: those ahead are fetched in any order, those behind stay for a while for hosts that are slower.

use std::collections::BTreeSet;

/// The pieces of one layer on one host.
#[derive(Clone, Debug)]
pub struct Window {
    pieces: u64,
    /// Pieces that may be fetched beyond the one that is read next.
    ahead: u64,
    /// Pieces that stay after they were read.
    behind: u64,
    /// The piece that is read next.
    next: u64,
    here: BTreeSet<u64>,
    asked: BTreeSet<u64>,
}

impl Window {
    /// Nothing of a layer of so many pieces yet.
    #[must_use]
    pub fn new(pieces: u64, ahead: u64, behind: u64) -> Self {
        Self { pieces, ahead, behind, next: 0, here: BTreeSet::new(), asked: BTreeSet::new() }
    }

    /// Pieces that are kept at the same time, at most: the piece `n` may lie in the place `n` modulo this number.
    #[must_use]
    pub fn places(&self) -> u64 {
        self.ahead + self.behind
    }

    /// The next piece to fetch, which counts as asked for from now on; nothing while everything that may be fetched is.
    pub fn ask(&mut self) -> Option<u64> {
        let wanted = (self.next..self.pieces.min(self.next + self.ahead))
            .find(|piece| !self.here.contains(piece) && !self.asked.contains(piece))?;
        self.asked.insert(wanted);
        Some(wanted)
    }

    /// Whether every piece is here, was here, or was asked for.
    #[must_use]
    pub fn is_asked(&self) -> bool {
        let all_may_be = self.next + self.ahead >= self.pieces;
        all_may_be && (self.next..self.pieces).all(|piece| self.here.contains(&piece) || self.asked.contains(&piece))
    }

    /// A piece that was asked for is here.
    pub fn arrived(&mut self, piece: u64) {
        self.asked.remove(&piece);
        self.here.insert(piece);
    }

    /// The piece that is read next, if it is here.
    #[must_use]
    pub fn readable(&self) -> Option<u64> {
        self.here.contains(&self.next).then_some(self.next)
    }

    /// The piece that was to be read next was read.
    pub fn read(&mut self) {
        self.next += 1;
        let kept = self.next.saturating_sub(self.behind);
        self.here = self.here.split_off(&kept);
    }

    /// Whether every piece was read.
    #[must_use]
    pub fn is_read(&self) -> bool {
        self.next == self.pieces
    }

    /// Whether a piece is here.
    #[must_use]
    pub fn holds(&self, piece: u64) -> bool {
        self.here.contains(&piece)
    }

    /// Whether a piece is not here and will never be again.
    #[must_use]
    pub fn is_gone(&self, piece: u64) -> bool {
        piece >= self.pieces || (piece < self.next && !self.here.contains(&piece))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_are_asked_for_once_and_only_so_far_ahead() {
        let mut window = Window::new(10, 3, 2);
        assert_eq!([window.ask(), window.ask(), window.ask(), window.ask()], [Some(0), Some(1), Some(2), None]);
        window.arrived(1);
        assert_eq!((window.readable(), window.holds(1)), (None, true));
        window.arrived(0);
        assert_eq!(window.readable(), Some(0));
        window.read();
        assert_eq!([window.ask(), window.ask()], [Some(3), None]);
    }

    #[test]
    fn what_was_read_stays_for_a_while() {
        let mut window = Window::new(4, 4, 2);
        for piece in 0..4 {
            assert_eq!(window.ask(), Some(piece));
            window.arrived(piece);
            assert_eq!(window.readable(), Some(piece));
            window.read();
        }
        assert!(window.is_read());
        assert_eq!([0, 1, 2, 3].map(|piece| window.holds(piece)), [false, false, true, true]);
        assert!(window.is_gone(0) && !window.is_gone(3) && window.is_gone(4));
        assert_eq!(window.ask(), None);
    }

    #[test]
    fn two_pieces_that_are_here_never_have_one_place() {
        let mut window = Window::new(100, 5, 3);
        let mut here = Vec::new();
        while !window.is_read() {
            here.extend(window.ask());
            if let Some(piece) = here.pop() {
                window.arrived(piece);
            }
            if window.readable().is_some() {
                window.read();
            }
            let held: Vec<u64> = (0..100).filter(|piece| window.holds(*piece)).collect();
            let places: BTreeSet<u64> = held.iter().map(|piece| piece % window.places()).collect();
            assert_eq!(places.len(), held.len(), "{held:?}");
        }
    }
}
