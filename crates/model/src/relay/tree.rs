//! The trees: for each piece every host has a rank, and gets the piece from the host whose rank is half of its own. Ranks differ from piece
//! to piece, so whoever has many behind it for one piece has nobody behind it for another.

/// Hosts that get a piece from one host.
const FAN_OUT: u64 = 2;

/// How many hosts are asked for a piece before a registry is.
const ASKED: usize = 3;

/// Who has a piece, or will have it soon.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum From {
    /// The host with this number.
    Host(u64),
    /// The registry with this number.
    Registry(u64),
}

/// The hosts that get the same layers, as one of them sees them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hosts {
    /// How many there are, this one included.
    pub count: u64,
    /// The number of this one, from 0.
    pub own: u64,
    /// Registries that have everything; at least one.
    pub registries: u64,
}

impl Hosts {
    /// Whom to ask for a piece, in this order. A registry is always the last, and the only one for one host of all. `layer` is any number that
    /// differs from layer to layer.
    #[must_use]
    pub fn sources(&self, layer: u64, piece: u64) -> Vec<From> {
        let order = Order::of(self.count, layer.rotate_left(17) ^ piece);
        let mut sources = Vec::new();
        let mut rank = order.rank(self.own);
        while rank > 0 && sources.len() < ASKED {
            rank = (rank - 1) / FAN_OUT;
            sources.push(From::Host(order.host(rank)));
        }
        sources.push(From::Registry(mixed(layer ^ piece) % self.registries.max(1)));
        sources
    }
}

/// One order of all hosts: the host with number `n` has the rank `n * factor + shift`, modulo their count.
struct Order {
    count: u64,
    factor: u64,
    shift: u64,
}

impl Order {
    fn of(count: u64, seed: u64) -> Self {
        let count = count.max(1);
        let start = mixed(seed) % count;
        // one of two neighbours of a factor that fails is found soon: numbers without a common divisor are frequent
        let factor = (0..count).map(|more| (start + more) % count).find(|factor| divisor(*factor, count) == 1);
        Self { count, factor: factor.unwrap_or(1), shift: mixed(!seed) % count }
    }

    fn rank(&self, host: u64) -> u64 {
        self.modulo(u128::from(host) * u128::from(self.factor) + u128::from(self.shift))
    }

    fn host(&self, rank: u64) -> u64 {
        let back = u128::from(rank) + u128::from(self.count) - u128::from(self.shift);
        self.modulo(back * u128::from(inverse(self.factor, self.count)))
    }

    fn modulo(&self, number: u128) -> u64 {
        u64::try_from(number % u128::from(self.count)).unwrap_or_default()
    }
}

/// The greatest common divisor.
fn divisor(mut one: u64, mut other: u64) -> u64 {
    while other != 0 {
        (one, other) = (other, one % other);
    }
    one
}

/// What has to be multiplied with `factor` to get 1, modulo `count`. Both have no common divisor.
fn inverse(factor: u64, count: u64) -> u64 {
    let count = i128::from(count);
    let (mut rest, mut next) = (count, i128::from(factor));
    let (mut found, mut following) = (0_i128, 1_i128);
    while next != 0 {
        let times = rest / next;
        (rest, next) = (next, rest - times * next);
        (found, following) = (following, found - times * following);
    }
    u64::try_from(found.rem_euclid(count)).unwrap_or_default()
}

/// A number that looks like chance and is none: every host has to find the same.
fn mixed(number: u64) -> u64 {
    let mut mixed = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    fn first(count: u64, own: u64, piece: u64) -> From {
        Hosts { count, own, registries: 3 }.sources(7, piece)[0]
    }

    #[test]
    fn every_piece_reaches_every_host_and_one_of_them_has_it_from_a_registry() {
        for count in [1, 2, 3, 10, 97, 100, 1000] {
            for piece in 0..20 {
                let from_registry = (0..count).filter(|own| matches!(first(count, *own, piece), From::Registry(_)));
                assert_eq!(from_registry.count(), 1, "{count} hosts");
                for own in 0..count {
                    let (mut host, mut steps) = (own, 0);
                    while let From::Host(next) = first(count, host, piece) {
                        assert!(next < count && next != host);
                        (host, steps) = (next, steps + 1);
                        assert!(steps <= 11, "{count} hosts: the tree is too deep or a circle");
                    }
                }
            }
        }
    }

    #[test]
    fn no_host_passes_a_piece_to_more_than_two_and_all_of_them_to_about_as_many_as_there_are() {
        let (count, pieces) = (100, 200);
        let mut sum: BTreeMap<u64, u64> = BTreeMap::new();
        for piece in 0..pieces {
            let mut of_piece: BTreeMap<u64, u64> = BTreeMap::new();
            for own in 0..count {
                if let From::Host(host) = first(count, own, piece) {
                    *of_piece.entry(host).or_default() += 1;
                }
            }
            assert!(of_piece.values().all(|children| *children <= FAN_OUT));
            of_piece.into_iter().for_each(|(host, children)| *sum.entry(host).or_default() += children);
        }
        let (least, most) = (sum.values().min().unwrap(), sum.values().max().unwrap());
        assert!(*least > pieces / 2 && *most < pieces * 3 / 2, "{least} to {most} of {pieces} pieces");
    }

    #[test]
    fn registries_share_the_work() {
        let mut asked = [0; 3];
        for piece in 0..300 {
            let sources = Hosts { count: 50, own: 1, registries: 3 }.sources(9, piece);
            let Some(From::Registry(registry)) = sources.last() else { panic!("no registry in {sources:?}") };
            asked[usize::try_from(*registry).unwrap()] += 1;
            assert!(sources.len() <= ASKED + 1);
        }
        assert!(asked.iter().all(|times| (60..140).contains(times)), "{asked:?}");
    }
}
