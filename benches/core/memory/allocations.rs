//! How often the allocator is called.

use benches::HeapRow;
use benches::heap::Window;
use benches::jobs::trivial;

use crate::rows::{empty, spawn, with};

pub(crate) fn row() -> HeapRow {
    let what = "Allocations per trivial task, spawned and joined.";
    let row = HeapRow::new("allocations", what, 100_000).target(1.0);
    tasks(row, |window| window.count())
}

pub(crate) fn row_with_a_variable() -> HeapRow {
    let what = "Allocations per trivial task that inherits a context variable.";
    let read: Read = |window| window.count();
    HeapRow::new("allocations-vars", what, 100_000)
        .target(1.0)
        .ayo("ayo: REQUEST.with(7, scope!)", move |n| each(n, read, spawn::ayo_with_a_variable(n)))
        .ayo("ayo without a variable", move |n| each(n, read, spawn::ayo(n, trivial)))
}

pub(crate) fn row_of_bytes() -> HeapRow {
    let what = "Bytes allocated per trivial task, spawned and joined.";
    let row = HeapRow::new("allocated", what, 100_000);
    tasks(row, |window| window.bytes())
}

pub(crate) fn row_of_empty_scopes() -> HeapRow {
    let what = "Allocations per empty scope.";
    let row = HeapRow::new("allocations-empty", what, 100_000).target(1.0);
    let read: Read = |window| window.count();
    row.ayo("ayo: in plain Tokio code", move |n| each(n, read, empty::ayo(n)))
        .ayo("ayo: in the body of a scope", move |n| each(n, read, empty::ayo_in_a_scope(n)))
        .peer("JoinSet", move |n| each(n, read, empty::join_set(n)))
        .peer("JoinSet + child token", move |n| each(n, read, empty::with_token(n)))
}

pub(crate) fn row_of_managers() -> HeapRow {
    let what = "Allocations per context manager whose body does not suspend.";
    let read: Read = |window| window.count();
    HeapRow::new("allocations-with", what, 100_000)
        .target(0.0)
        .ayo("ayo: with!", move |n| each(n, read, with::ayo(n)))
}

/// Reads the number from the window.
type Read = fn(&Window) -> u64;

fn tasks(row: HeapRow, read: Read) -> HeapRow {
    row.floor("tokio::spawn + counter + Notify", move |n| each(n, read, spawn::floor(n, trivial)))
        .ayo("ayo: scope!, run << job", move |n| each(n, read, spawn::ayo(n, trivial)))
        .peer("JoinSet", move |n| each(n, read, spawn::join_set(n, trivial)))
        .peer("TaskTracker + token", move |n| each(n, read, spawn::tracker(n, trivial)))
}

async fn each(n: u64, read: Read, work: impl Future<Output = ()>) -> f64 {
    let window = Window::open();
    work.await;
    read(&window) as f64 / n as f64
}
