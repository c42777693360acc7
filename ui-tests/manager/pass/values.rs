#![forbid(unsafe_code)]
#![deny(warnings, clippy::pedantic, clippy::nursery)]

//! A user's code, linted as strictly as it can be.

use ayo::{actxmgr, exit_stack, group, manager, nullcontext, with};

struct Pool;

impl Pool {
    actxmgr! {
        async fn number<T: Send>(&self, value: T) -> T {
            yield value;
        }
    }
}

#[tokio::main]
async fn main() -> Result<(), ayo::Error> {
    let pool = Pool;
    let one = manager!(pool.number::<u32>(1));
    let null = manager!(nullcontext(2));
    let mut all = group((0..3).map(|n| manager!(pool.number(n))));
    let sum = with!(one = one, two = null, all = &mut all, stack = exit_stack() => {
        one + two + all.iter().sum::<u32>() + stack.enter(manager!(pool.number(4))).await?
    })
    .await?;
    assert_eq!(sum, 10);
    Ok(())
}
