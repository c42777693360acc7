//! The rows of the table, one file each.

mod aside;
mod cancel;
pub(crate) mod empty;
pub(crate) mod limit;
mod nest;
mod queue;
mod race;
pub(crate) mod spawn;
mod values;
pub(crate) mod with;

use benches::Row;

/// In the order of the table.
pub(crate) fn all() -> Vec<Row> {
    vec![
        spawn::row(),
        spawn::row_with_a_yield(),
        spawn::row_with_a_variable(),
        limit::row(),
        queue::row(),
        cancel::row(),
        nest::row(),
        values::row(),
        aside::row(),
        empty::row(),
        empty::row_in_a_scope(),
        with::row(),
        with::row_with_a_yield(),
        race::row_of_all(),
        race::row_of_each(),
        race::row_of_the_first(),
    ]
}
