//! The rows of the table, one file each.

mod eager;
mod generator;
mod local;

use benches::Row;

/// In the order of the table.
pub(crate) fn all() -> Vec<Row> {
    let mut rows = vec![eager::row(), generator::row()];
    rows.extend(local::rows());
    rows
}
