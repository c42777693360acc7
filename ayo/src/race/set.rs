//! What people write a set of futures as: a tuple, an array, an iterator.

use std::future::Future;

use super::one_of::{One, OneOf};
use crate::scope::{ByIterator, ByTuple};

/// What [`gather`](crate::gather) takes: a tuple of futures of any types, an array, or whatever iterates over futures.
///
/// `M` tells tuples from the others; it is always inferred.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a set of futures",
    label = "expected a tuple, array or iterator of futures, with at least one in it",
    note = "call the `async fn`s: `race((fetch(), wait()))` and not `race((fetch, wait))`",
    note = "a tuple has at most 12; for more, give an array or iterator of futures of one type"
)]
pub trait FutureSet<M> {
    /// Each of them.
    #[doc(hidden)]
    type Future: Future;
    /// What all of them come to: a tuple for a tuple, else a `Vec`.
    type All;

    #[doc(hidden)]
    fn into_futures(self) -> impl Iterator<Item = Self::Future>;

    #[doc(hidden)]
    fn all(outputs: Vec<<Self::Future as Future>::Output>) -> Self::All;
}

/// A set of futures that come to the same type: what [`race`](crate::race) takes.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a set of futures that come to the same type",
    label = "expected a tuple, array or iterator of futures, at least one, and all with the same output",
    note = "a tuple has at most 12",
    note = "make them the same, by an enum for example: `async {{ Event::Tick(tick().await) }}`; or use `ayo::select!`",
    note = "call the `async fn`s: `race((fetch(), wait()))` and not `race((fetch, wait))`"
)]
pub trait SameSet<M>: FutureSet<M> {
    /// What each comes to.
    type Output;

    #[doc(hidden)]
    fn any(output: <Self::Future as Future>::Output) -> Self::Output;
}

#[diagnostic::do_not_recommend]
impl<I> FutureSet<ByIterator> for I
where
    I: IntoIterator<Item: Future>,
{
    type Future = I::Item;
    type All = Vec<<I::Item as Future>::Output>;

    fn into_futures(self) -> impl Iterator<Item = I::Item> {
        self.into_iter()
    }

    fn all(outputs: Vec<<I::Item as Future>::Output>) -> Self::All {
        outputs
    }
}

#[diagnostic::do_not_recommend]
impl<I> SameSet<ByIterator> for I
where
    I: IntoIterator<Item: Future>,
{
    type Output = <I::Item as Future>::Output;

    fn any(output: Self::Output) -> Self::Output {
        output
    }
}

macro_rules! tuple {
    ($($name:ident $n:tt $same:ident),+) => {
        #[diagnostic::do_not_recommend]
        impl<$($name: Future),+> FutureSet<ByTuple> for ($($name,)+) {
            type Future = OneOf<$($name),+>;
            type All = ($($name::Output,)+);

            fn into_futures(self) -> impl Iterator<Item = Self::Future> {
                [$(OneOf::$name { future: self.$n }),+].into_iter()
            }

            fn all(outputs: Vec<One<$($name::Output),+>>) -> Self::All {
                let mut outputs = outputs.into_iter();
                ($(
                    match outputs.next() {
                        Some(One::$name(output)) => output,
                        _ => unreachable!("outputs are in the order of the set"),
                    },
                )+)
            }
        }

        #[diagnostic::do_not_recommend]
        impl<T, $($name: Future<Output = T>),+> SameSet<ByTuple> for ($($name,)+) {
            type Output = T;

            fn any(output: One<$($same),+>) -> T {
                match output {
                    $(One::$name(output) => output,)+
                }
            }
        }
    };
}

tuple!(A 0 T);
tuple!(A 0 T, B 1 T);
tuple!(A 0 T, B 1 T, C 2 T);
tuple!(A 0 T, B 1 T, C 2 T, D 3 T);
tuple!(A 0 T, B 1 T, C 2 T, D 3 T, E 4 T);
tuple!(A 0 T, B 1 T, C 2 T, D 3 T, E 4 T, F 5 T);
tuple!(A 0 T, B 1 T, C 2 T, D 3 T, E 4 T, F 5 T, G 6 T);
tuple!(A 0 T, B 1 T, C 2 T, D 3 T, E 4 T, F 5 T, G 6 T, H 7 T);
tuple!(A 0 T, B 1 T, C 2 T, D 3 T, E 4 T, F 5 T, G 6 T, H 7 T, I 8 T);
tuple!(A 0 T, B 1 T, C 2 T, D 3 T, E 4 T, F 5 T, G 6 T, H 7 T, I 8 T, J 9 T);
tuple!(A 0 T, B 1 T, C 2 T, D 3 T, E 4 T, F 5 T, G 6 T, H 7 T, I 8 T, J 9 T, K 10 T);
tuple!(A 0 T, B 1 T, C 2 T, D 3 T, E 4 T, F 5 T, G 6 T, H 7 T, I 8 T, J 9 T, K 10 T, L 11 T);
