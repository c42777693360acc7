//! Contenders take turns.

use crate::row::{Contender, Role, Row};
use crate::stats::Quartiles;
use crate::{Flavor, Stage, Target};

/// How often and how much.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Plan {
    pub(crate) rounds: usize,
    pub(crate) quick: bool,
}

/// What came out for one contender on one flavour.
#[derive(Clone, Debug)]
pub(crate) struct Score {
    /// Nanoseconds an item, round by round.
    pub(crate) rounds: Vec<f64>,
    /// Its time by the floor's, round by round.
    pub(crate) ratio: Option<Quartiles>,
    /// Nanoseconds an item.
    pub(crate) nanos: Quartiles,
}

impl Score {
    /// What the target speaks of, rounded as it is printed.
    pub(crate) fn measure(&self, target: Target) -> Option<f64> {
        match target {
            Target::Ratio { .. } => Some((self.ratio?.median * 100.0).round() / 100.0),
            Target::Nanos(_) => Some(self.nanos.median.round()),
        }
    }
}

/// Rounds on one runtime. How its workers and their first allocations happen to lie can make a
/// lasting difference, so no runtime is used for all rounds.
const STAGE: usize = 5;

/// Runs the contenders in turns.
pub(crate) fn play(row: &Row, contenders: &[&Contender], flavor: Flavor, plan: Plan) -> Vec<Score> {
    let items = row.size(plan.quick);
    let mut nanos = vec![Vec::with_capacity(plan.rounds); contenders.len()];
    for first in (0..plan.rounds).step_by(STAGE) {
        let stage = flavor.runtime();
        for contender in contenders {
            run(&stage, contender, items);
        }
        for round in first..plan.rounds.min(first + STAGE) {
            for place in order(round, contenders.len()) {
                nanos[place].push(run(&stage, contenders[place], items));
            }
        }
    }
    let floor = contenders.iter().position(|c| c.role == Role::Floor);
    let floor = floor.map(|place| nanos[place].clone());
    nanos.into_iter().map(|nanos| score(nanos, floor.as_deref())).collect()
}

/// Nanoseconds an item.
fn run(stage: &Stage, contender: &Contender, items: u64) -> f64 {
    let (took, evidence) = stage.play(contender.body(items));
    let name = contender.name;
    assert!(evidence.holds(items), "{name} did not do its work");
    took.as_nanos() as f64 / items as f64
}

/// Each round starts with another one, and every second round goes backwards: nobody always runs
/// on the heap that the same neighbour left behind.
fn order(round: usize, len: usize) -> impl Iterator<Item = usize> {
    (0..len).map(move |turn| {
        let turn = if round.is_multiple_of(2) { turn } else { len - 1 - turn };
        (turn + round / 2) % len
    })
}

fn score(nanos: Vec<f64>, floor: Option<&[f64]>) -> Score {
    let ratio = floor.map(|floor| Quartiles::of(nanos.iter().zip(floor).map(|(n, f)| n / f)));
    Score { ratio, nanos: Quartiles::of(nanos.iter().copied()), rounds: nanos }
}

#[cfg(test)]
mod tests {
    use super::order;

    #[test]
    fn everybody_has_one_turn_in_each_round_and_starts_some() {
        let mut firsts = [0; 4];
        for round in 0..16 {
            let mut turns: Vec<usize> = order(round, 4).collect();
            firsts[turns[0]] += 1;
            turns.sort_unstable();
            assert_eq!(turns, [0, 1, 2, 3]);
        }
        assert_eq!(firsts, [4; 4]);
    }
}
