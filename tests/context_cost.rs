//! What is asked of the allocator: nothing for a context manager, unless something in it suspends; nothing for an eager call
//! that does not suspend; and as much for many futures in one task as for few.

mod support;

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

use ayo::{Exit, actxmgr, scope, with};
use support::*;
use tokio::sync::{Mutex, MutexGuard};
use tokio::task::yield_now;

/// Counts the allocations of each thread.
struct Counting;

thread_local! {
    static COUNT: Cell<usize> = const { Cell::new(0) };
}

// SAFETY: everything is passed on to the system's allocator as it is; a count of a plain thread-local allocates nothing.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        COUNT.set(COUNT.get() + 1);
        // SAFETY: the caller's promises are passed on.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: the caller's promises are passed on.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

struct Tx<'p>(&'p str);

actxmgr! {
    async fn lent(n: u32) -> &mut u32 {
        let mut n = n;
        match (yield &mut n) {
            Exit::Done => n += 1,
            Exit::Failed(_) | Exit::Cancelled | Exit::Panicked => n = 0,
        }
        std::hint::black_box(n);
    }

    async fn locked<'a>(mutex: &'a Mutex<u32>) -> MutexGuard<'a, u32> {
        yield mutex.lock().await;
    }

    async fn mixed<'p>(text: &'p str) -> &mut Tx<'p> {
        yield &mut Tx(text);
    }
}

/// How often the allocator is called in `future`, polled on this thread.
async fn allocations<T>(future: impl Future<Output = T>) -> usize {
    let before = COUNT.get();
    let value = future.await;
    let after = COUNT.get();
    drop(value);
    after - before
}

async fn all_of_them() -> [usize; 4] {
    let mutex = Mutex::new(1);
    let mut sum = 0;
    [
        allocations(with!(n = lent(1) => { *n += 1; sum += *n; *n })).await,
        allocations(with!(mut n = locked(&mutex) => { *n += 1; *n })).await,
        allocations(with!(a = lent(1), b = lent(2), mut c = locked(&mutex) => { *a += *b; *c += *a; *c }))
            .await,
        allocations(with!(tx = mixed("text") => { tx.0.len() })).await,
    ]
}

paused! {
    async fn nothing_is_allocated_but_for_the_mixture() {
        assert_eq!(all_of_them().await, [0, 0, 0, 1], "in plain Tokio code");
        let inside = scope!(|run| {
            let body = all_of_them().await;
            (body, (run << all_of_them()).await?)
        });
        assert_eq!(inside.await.unwrap(), ([0, 0, 0, 1], [0, 0, 0, 1]), "in a body, and in a task");
    }

    async fn one_that_suspends_is_entered_in_the_tree_by_one_allocation() {
        let count = scope!(|_| {
            allocations(with!(n = lent(1) => { yield_now().await; *n })).await; // what Tokio keeps for the thread is there now
            allocations(with!(n = lent(1) => { yield_now().await; *n })).await
        });
        assert_eq!(count.await.unwrap(), 1);
    }
}

paused! {
    async fn an_eager_call_that_does_not_suspend_allocates_once_for_a_size() {
        let calls = || async {
            for n in 0..10_u64 {
                assert_eq!(ayo::eager(async move { n }).await.unwrap(), n);
            }
        };
        assert_eq!(allocations(calls()).await, 1);
        assert_eq!(allocations(calls()).await, 0);
        let in_scope = scope!(|_| { allocations(calls()).await }).await;
        assert_eq!(in_scope.unwrap(), 0);
    }

    async fn many_futures_in_one_task_allocate_no_more_often() {
        async fn member(n: u64) -> u64 {
            yield_now().await;
            n
        }
        let all = async |n| allocations(async { ayo::gather((0..n).map(member)).await }).await;
        let first = async |n| allocations(async { ayo::race((0..n).map(member)).await }).await;
        for (n, wakers) in [(10, 1), (12, 1), (13, 2), (1_000, 2)] {
            all(n).await; // what Tokio keeps for so many wakers is there now
            assert_eq!(first(n).await, 1 + wakers, "{n} members, and their wakers");
            assert_eq!(all(n).await, 2 + wakers, "the same, and once for {n} values");
        }
    }
}
