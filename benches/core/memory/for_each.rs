//! A million jobs, ten at a time.

use benches::HeapRow;
use benches::heap::Window;

use crate::rows::limit;

pub(crate) fn row() -> HeapRow {
    let what = "Peak bytes of 1,000,000 jobs of two yields, limit 10, made one by one; counted from \
                when the scope starts.";
    let row = HeapRow::new("for-each", what, 1_000_000).target(65_535.0);
    row.floor("10 tasks pulling from a counter", |n| peak(limit::floor(n)))
        .ayo("ayo: run.for_each", |n| peak(limit::ayo(n)))
        .peer("buffer_unordered", |n| peak(limit::buffer_unordered(n)))
        .peer("for_each_concurrent", |n| peak(limit::for_each_concurrent(n)))
        .peer("JoinSet + Semaphore before spawn", |n| peak(limit::semaphore_before(n)))
}

async fn peak(work: impl Future<Output = ()>) -> f64 {
    let window = Window::open();
    work.await;
    window.peak() as f64
}
