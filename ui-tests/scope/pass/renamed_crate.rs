//! The crate is not called `ayo`, or comes by way of a macro.
#![forbid(unsafe_code)]
#![deny(warnings)]

mod deep {
    pub use ayo as other;
}

/// Stands where `::ayo` would be looked for in vain.
#[allow(unused)]
mod ayo_ {}

macro_rules! twice {
    ($future:expr) => {
        deep::other::scope!(crate = $crate::deep::other, timeout = 5s => |run| {
            let first = run << $future;
            #[task(name = "second")]
            let second = run << $future;
            first.await? + second.await?
        })
    };
}

#[derive(deep::other::Plain)]
#[ayo(crate = deep::other)]
struct Page(u32);

#[deep::other::scoped(crate = deep::other)]
fn start(run: &deep::other::Scope) {
    run << async {
        std::env::var("PATH")?;
        Ok(())
    };
}

#[deep::other::main(crate = deep::other, flavor = "current_thread")]
async fn main(run: &deep::other::Scope) -> Result<(), deep::other::Error> {
    start(run);
    let sum = twice!(async { 4 }).await?;
    assert_eq!(sum, 8);
    let page = deep::other::scope!(crate = crate::deep::other => |run| { (run << async { Page(3) }).await? }).await?;
    assert_eq!(page.0, 3);
    Ok(())
}
