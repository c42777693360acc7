#![forbid(unsafe_code)]
#![deny(warnings, clippy::pedantic)]

mod renamed {
    pub use ayo::{__private, Scope, scope, test};
}

#[ayo::test(cancel_everywhere, name = "x", timeout = 5s)]
#[ayo::scoped]
async fn by_cases(run: &ayo::Scope, n: u32) -> Result<(), ayo::BoxError> {
    let task = run << async move {
        tokio::task::yield_now().await;
        n
    };
    assert_eq!(task.await?, 7);
    Ok(())
}

#[renamed::test(crate = renamed)]
#[ayo::scoped]
async fn by_another_name(run: renamed::Scope, n: u32) {
    run.spawn(async move { n });
}

fn main() {
    by_cases(7).unwrap();
    by_another_name(7);
}
