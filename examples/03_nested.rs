//! Scopes in scopes. The inner ones have limits of their own, and a report says what became of each.
//!
//! `cargo run -p examples --bin nested`

use std::time::Duration;

use ayo::scope;
use tokio::time::sleep;

async fn fetch(name: &'static str, takes: Duration) -> &'static str {
    sleep(takes).await;
    name
}

async fn square(n: u32) -> u32 {
    sleep(Duration::from_millis(10)).await;
    n * n
}

#[ayo::main]
async fn main() {
    let outer = scope!(name = "outer", timeout = 1m, collect => |outer| {
        outer << fetch("the outer one has all the time", 500ms);

        // The middle scope gets 300 ms. What is ready by then is kept, the rest is cut.
        let middle = scope!(name = "middle", timeout = 300ms, collect => |middle| {
            middle << fetch("quick", 20ms);
            middle << fetch("slow", 1h);
            middle << fetch("quick, too", 10ms);

            // The innermost goes two at a time. It would not outlive the middle one either.
            let inner = scope!(name = "inner", max_concurrency = 2, collect => |inner| {
                for n in 1..=6 {
                    inner << square(n);
                }
                "six squares"
            });
            let inner = inner.report().await;
            println!("inner:  {:?}, timed out: {}", inner.results, inner.timed_out());
            println!("        its body said {:?}", inner.value);
        });
        let middle = middle.report().await;
        println!("middle: {:?}, timed out: {}", middle.results, middle.timed_out());
    });
    let outer = outer.report().await;
    println!("outer:  {:?}, timed out: {}", outer.results, outer.timed_out());
}
