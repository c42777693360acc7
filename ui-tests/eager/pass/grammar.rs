// Everything that `#[ayo::eager]` can stand on, as it would be linted in a user's code.
#![forbid(unsafe_code)]
#![deny(warnings, clippy::pedantic)]

use std::sync::Arc;

use ayo::{Scope, scope};

mod here {
    pub use ayo;
}

/// Documented.
#[ayo::eager]
pub async fn nothing() {}

#[ayo::eager]
async fn generic<T: Send + 'static, const N: usize>(items: [T; N], mut times: usize) -> usize {
    times *= items.len();
    tokio::time::sleep(1ms).await;
    times
}

#[ayo::eager(crate = here::ayo)]
async fn takes_the_scope(run: Scope, _unused: String) -> Result<u32, std::num::ParseIntError> {
    let task = run << async { 5 };
    let five = task.await.unwrap_or(0);
    if five == 0 {
        return Ok(0);
    }
    Ok(five + "1".parse::<u32>()?)
}

struct Server;

impl Server {
    #[ayo::eager]
    pub async fn serve(self: Arc<Self>, (a, b): (u32, u32)) -> u32 {
        tokio::task::yield_now().await;
        drop(self);
        a + b
    }
}

#[tokio::main(flavor = "current_thread", start_paused = true)]
async fn main() {
    let sum = scope!(eager => |run| {
        nothing().await?;
        let items = generic(["a", "b"], 3);
        let scoped = takes_the_scope(run.clone(), String::new());
        let served = Arc::new(Server).serve((1, 2));
        let last = run << async { 1 };
        (items.await?, scoped.await? + served.await? + last.await?)
    });
    assert_eq!(sum.await.unwrap(), (6, 6 + 3 + 1));
}
