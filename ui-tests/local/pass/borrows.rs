//! Local scopes as people write them, linted as their code would be.
#![forbid(unsafe_code)]
#![deny(warnings, clippy::all, clippy::pedantic)]

use std::cell::Cell;

use ayo::{LocalScope, scope};

async fn helper<'env>(run: &LocalScope<'env>, total: &'env Cell<usize>) {
    run.spawn_ref(async { total.set(total.get() + 1) });
}

#[ayo::scoped]
async fn with_shift<'env>(run: &LocalScope<'env>, total: &'env Cell<usize>) {
    run << async { total.set(total.get() + 1) };
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), ayo::Error> {
    let text = String::from("borrowed");
    let total = Cell::new(0);
    let mut numbers = [1, 2, 3];
    let len = scope!(local, name = "here", max_concurrency = 2 => |run| {
        run << async { total.set(total.get() + text.len()) };
        #[task(name = "named")]
        run << async { total.set(total.get() + text.len()) };
        run << async { numbers[0] = 5; };
        helper(run, &total).await;
        with_shift(run, &total).await;
        let inner = run.clone();
        let (kept, text) = (&total, &text);
        run << async move {
            inner << async { kept.set(kept.get() + 1) };
        };
        let len = run << async { text.len() };
        len.await?
    })
    .await?;
    assert_eq!((len, total.get(), numbers), (8, 19, [5, 2, 3]));
    let one = scope!(local = Send => |run| { let one = run << async { text.len() }; one.await? });
    assert_eq!(tokio::time::timeout(std::time::Duration::from_secs(9), one).await.unwrap()?, 8);
    Ok(())
}
