//! Finds what somebody meant: the nearest of some names by edit distance.

/// The candidate that is near enough to `wrong` to be suggested.
pub(crate) fn nearest<'a>(wrong: &str, candidates: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    candidates
        .map(|candidate| (cost(wrong, candidate), candidate))
        .filter(|(cost, candidate)| *cost <= tolerance(wrong, candidate))
        .min_by_key(|(cost, _)| *cost)
        .map(|(_, candidate)| candidate)
}

/// One letter in three may be wrong.
fn tolerance(wrong: &str, candidate: &str) -> usize {
    wrong.len().max(candidate.len()) / 3
}

/// The edit distance; a part of the name (`concurrency`) is as good as one wrong letter.
fn cost(wrong: &str, candidate: &str) -> usize {
    let is_part = wrong.len() >= 4 && candidate.contains(wrong);
    if is_part { 1 } else { distance(wrong, candidate) }
}

/// How many letters must be added, removed, replaced or swapped with their neighbour.
fn distance(from: &str, to: &str) -> usize {
    let from: Vec<char> = from.to_lowercase().chars().collect();
    let to: Vec<char> = to.to_lowercase().chars().collect();
    let mut before_last = vec![0; to.len() + 1];
    let mut last: Vec<usize> = (0..=to.len()).collect();
    for row in 1..=from.len() {
        let mut current = vec![row; to.len() + 1];
        for column in 1..=to.len() {
            let same = from[row - 1] == to[column - 1];
            let replaced = last[column - 1] + usize::from(!same);
            let mut best = replaced.min(last[column] + 1).min(current[column - 1] + 1);
            if row > 1 && column > 1 && from[row - 1] == to[column - 2] && from[row - 2] == to[column - 1] {
                best = best.min(before_last[column - 2] + 1);
            }
            current[column] = best;
        }
        before_last = std::mem::replace(&mut last, current);
    }
    last[to.len()]
}

#[cfg(test)]
mod tests {
    use super::{distance, nearest};

    const NAMES: [&str; 5] = ["max_concurrency", "timeout", "deadline", "name", "collect"];

    #[test]
    fn counts_edits_and_swaps() {
        assert_eq!(distance("", "abc"), 3);
        assert_eq!(distance("timeout", "timeout"), 0);
        assert_eq!(distance("timout", "timeout"), 1);
        assert_eq!(distance("tiemout", "timeout"), 1);
        assert_eq!(distance("kitten", "sitting"), 3);
    }

    #[test]
    fn suggests_only_what_is_near() {
        let find = |wrong| nearest(wrong, NAMES.into_iter());
        assert_eq!(find("timout"), Some("timeout"));
        assert_eq!(find("time_out"), Some("timeout"));
        assert_eq!(find("Timeout"), Some("timeout"));
        assert_eq!(find("concurrency"), Some("max_concurrency"));
        assert_eq!(find("max_concurency"), Some("max_concurrency"));
        assert_eq!(find("nmae"), Some("name"));
        assert_eq!(find("banana"), None);
        assert_eq!(nearest("grace", ["crate"].into_iter()), None);
        assert_eq!(find("x"), None);
    }
}
