//! The rows of the table, one file each.

mod generator;

use benches::Row;

/// In the order of the table.
pub(crate) fn all() -> Vec<Row> {
    vec![generator::row()]
}
