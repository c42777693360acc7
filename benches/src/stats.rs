//! Medians and quartiles.

/// The quartiles of some numbers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Quartiles {
    pub(crate) low: f64,
    pub(crate) median: f64,
    pub(crate) high: f64,
}

impl Quartiles {
    /// Of at least one number.
    pub(crate) fn of(numbers: impl IntoIterator<Item = f64>) -> Self {
        let mut sorted: Vec<f64> = numbers.into_iter().collect();
        sorted.sort_by(f64::total_cmp);
        Self { low: at(&sorted, 0.25), median: at(&sorted, 0.5), high: at(&sorted, 0.75) }
    }
}

/// The number at a fraction of the way through, between two neighbours if need be.
fn at(sorted: &[f64], fraction: f64) -> f64 {
    let place = (sorted.len() - 1) as f64 * fraction;
    let (below, above) = (place.floor(), place.ceil());
    let (low, high) = (sorted[below as usize], sorted[above as usize]);
    low + (high - low) * (place - below)
}

#[cfg(test)]
mod tests {
    use super::Quartiles;

    #[test]
    fn of_an_odd_and_an_even_number_of_numbers() {
        let odd = Quartiles::of([5.0, 1.0, 3.0, 2.0, 4.0]);
        assert_eq!((odd.low, odd.median, odd.high), (2.0, 3.0, 4.0));
        assert_eq!(Quartiles::of([4.0, 1.0]).median, 2.5);
        assert_eq!(Quartiles::of([7.0]).high, 7.0);
    }
}
