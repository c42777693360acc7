//! The rows about memory. All numbers are what was asked of the allocator, by all threads.

mod allocations;
mod for_each;
mod queued;
mod schedules;

use benches::HeapRow;

/// In the order of the table.
pub(crate) fn all() -> Vec<HeapRow> {
    vec![
        queued::row(),
        queued::row_at_the_peak(),
        for_each::row(),
        schedules::row(),
        allocations::row(),
        allocations::row_with_a_variable(),
        allocations::row_of_bytes(),
        allocations::row_of_empty_scopes(),
        allocations::row_of_managers(),
    ]
}
