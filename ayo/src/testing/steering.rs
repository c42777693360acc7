//! How a run goes another way than the last one: where it is cut, and in what order what is ready has its turn.
//!
//! A *suspension point* is a poll of the test's body or of one of ayo's tasks that was pending. On one thread and on the
//! virtual clock they come in the same order in every run, so that a number names one.

use std::collections::HashMap;
use std::sync::Mutex;

use super::observer::Observer;
use crate::cancel::Reason;
use crate::sync::lock;

/// What happens to the test at the point where it is cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum How {
    /// Its scope is cancelled, politely.
    Cancel,
    /// Its future is dropped, from outside.
    Drop,
}

/// One run's way.
pub(crate) struct Steering {
    cut: Option<(How, u64)>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    points: u64,
    shuffle: Option<Shuffle>,
    /// How often whom was suspended, up to the cut.
    of: HashMap<(usize, u32), u64>,
    reached: Option<String>,
}

impl Steering {
    /// A run that is cut at the `n`-th point, from 1; or not at all.
    pub(crate) fn new(cut: Option<(How, u64)>, seed: Option<u64>) -> Self {
        let shuffle = seed.map(Shuffle::new);
        Self { cut, state: Mutex::new(State { shuffle, ..State::default() }) }
    }

    /// Straight on.
    pub(crate) fn none() -> Self {
        Self::new(None, None)
    }

    /// Counts a suspension, and cuts the run if it is the one.
    pub(crate) fn suspended(&self, observer: &Observer, key: (usize, u32), who: impl FnOnce() -> String) {
        let how = {
            let mut state = lock(&self.state);
            state.points += 1;
            let Some((how, at)) = self.cut else { return };
            if state.points > at {
                return;
            }
            let of = state.of.entry(key).or_default();
            *of += 1;
            let nth = *of;
            if state.points < at {
                return;
            }
            state.reached = Some(format!("{}, when it suspended for the {} time", who(), ordinal(nth)));
            how
        };
        match how {
            How::Cancel => observer.root().core().request(&Reason::from("the test cancels everywhere")),
            How::Drop => observer.wake(),
        }
    }

    /// Whether the test's future is to be dropped at some point.
    pub(crate) fn is_drop(&self) -> bool {
        matches!(self.cut, Some((How::Drop, _)))
    }

    /// Whether the test's future is to be dropped now.
    pub(crate) fn drops(&self) -> bool {
        self.is_drop() && lock(&self.state).reached.is_some()
    }

    /// Whether what is ready is to come later. Each time it is one chance in two, so that it comes.
    pub(crate) fn puts_off(&self) -> bool {
        lock(&self.state).shuffle.as_mut().is_some_and(Shuffle::flip)
    }

    /// How many suspension points there were.
    pub(crate) fn points(&self) -> u64 {
        lock(&self.state).points
    }

    /// Who was cut, if anybody was.
    pub(crate) fn reached(&self) -> Option<String> {
        lock(&self.state).reached.clone()
    }
}

/// A seeded coin (SplitMix64: Steele, Lea and Flood 2014).
struct Shuffle(u64);

impl Shuffle {
    fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn flip(&mut self) -> bool {
        self.next() >> 63 == 1
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }
}

/// `1st`, `2nd`, `3rd`, `4th`, …
fn ordinal(n: u64) -> String {
    let ending = match (n % 10, n % 100) {
        (1, tens) if tens != 11 => "st",
        (2, tens) if tens != 12 => "nd",
        (3, tens) if tens != 13 => "rd",
        _ => "th",
    };
    format!("{n}{ending}")
}

#[cfg(test)]
mod tests {
    use super::ordinal;

    #[test]
    fn ordinals_read_as_they_are_said() {
        let said = [1, 2, 3, 4, 11, 12, 13, 21, 22, 101, 111].map(ordinal);
        let right = ["1st", "2nd", "3rd", "4th", "11th", "12th", "13th", "21st", "22nd", "101st", "111th"];
        assert_eq!(said, right);
    }
}
