//! The changes that make a good input nearly right.

use crate::Target;
use fastrand::Rng;
use std::ops::Range;

/// At most so many changes are made to one input.
const CHANGES: usize = 6;
/// At most so often a part is repeated: enough for depth, not for memory.
const REPEATS: usize = 200;
/// An input grows to at most so many bytes.
const LONGEST: usize = 256 * 1024;
/// Numbers at the edges of what programs count with.
const NUMBERS: [&str; 9] =
    ["0", "-1", "255", "65536", "2147483648", "9223372036854775807", "18446744073709551616", "1e309", "-0.0"];
/// Bytes that often end, open or escape something.
const BYTES: &[u8] = b"\0\n\t \"'`\\{}[]()<>:;,.|&*#%$@!?-+=/~\x7f\xff\xc3\xef";

/// The seed with one to six changes.
#[must_use]
pub fn changed(seed: &[u8], target: &Target, random: &mut Rng) -> Vec<u8> {
    let mut input = seed.to_vec();
    for _ in 0..random.usize(1..=CHANGES) {
        change(&mut input, target, random);
    }
    input.truncate(LONGEST);
    input
}

fn change(input: &mut Vec<u8>, target: &Target, random: &mut Rng) {
    let part = part(input, random);
    match random.u8(0..9) {
        0 => flip(input, random),
        1 => replace(input, part.start..part.start, &[one(BYTES, random)]),
        2 => drop(input.drain(part)),
        3 => repeat(input, part, random),
        4 => replace(input, part.start..part.start, one(target.words, random).as_bytes()),
        5 => replace(input, part, one(target.words, random).as_bytes()),
        6 => number(input, random),
        7 => splice(input, part.start, target, random),
        _ => input.truncate(part.end),
    }
}

/// Any of these; nothing where there is none.
fn one<T: Copy + Default>(of: &[T], random: &mut Rng) -> T {
    random.choice(of).copied().unwrap_or_default()
}

/// Mostly a few bytes, sometimes many.
fn part(input: &[u8], random: &mut Rng) -> Range<usize> {
    let start = random.usize(0..=input.len());
    let longest = if random.u8(0..4) == 0 { input.len() } else { 12 };
    start..(start + random.usize(0..=longest)).min(input.len())
}

fn flip(input: &mut [u8], random: &mut Rng) {
    if !input.is_empty() {
        let place = random.usize(0..input.len());
        input[place] ^= 1 << random.u8(0..8);
    }
}

fn replace(input: &mut Vec<u8>, part: Range<usize>, by: &[u8]) {
    input.splice(part, by.iter().copied());
}

fn repeat(input: &mut Vec<u8>, part: Range<usize>, random: &mut Rng) {
    let times = if random.bool() { 1 } else { random.usize(1..=REPEATS) };
    let more = input[part.clone()].repeat(times);
    replace(input, part.end..part.end, &more);
}

/// Another number in the place of one.
fn number(input: &mut Vec<u8>, random: &mut Rng) {
    let digits: Vec<usize> = (0..input.len()).filter(|place| input[*place].is_ascii_digit()).collect();
    if let Some(start) = random.choice(&digits).copied() {
        let length = input[start..].iter().take_while(|byte| byte.is_ascii_digit()).count();
        replace(input, start..start + length, one(&NUMBERS, random).as_bytes());
    }
}

/// A part of another good input.
fn splice(input: &mut Vec<u8>, place: usize, target: &Target, random: &mut Rng) {
    if let Some(other) = random.choice(&target.seeds) {
        let part = part(other, random);
        replace(input, place..place, &other[part]);
    }
}
