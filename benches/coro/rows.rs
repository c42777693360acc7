//! The rows of the table, one file each.

mod eager;
mod generator;

use benches::Row;

/// In the order of the table.
pub(crate) fn all() -> Vec<Row> {
    vec![eager::row(), generator::row()]
}
