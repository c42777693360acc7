//! A task's spawn site is its own line.
#![forbid(unsafe_code)]
#![deny(warnings)]

use ayo::{Scope, scope};

async fn fail() -> Result<(), String> {
    Err(String::from("failed"))
}

async fn site(scope: impl Future<Output = Result<(), ayo::Error>>) -> String {
    let error = scope.await.unwrap_err();
    let text = format!("{error:#}");
    let line = text.lines().find(|line| line.contains("spawned at")).unwrap_or_default();
    line.rsplit("sites.rs:").next().unwrap_or_default().to_owned()
}

struct Site {
    run: Scope,
}

#[ayo::scoped]
fn field(site: &Site) -> u32 {
    site.run << fail(); line!()
}

#[ayo::main(flavor = "current_thread")]
async fn main() {
    let mut line = 0;
    let found = site(scope!(
        max_concurrency = 3 => |run| {
            run << fail(); line = line!();
        }
    ));
    assert_eq!(found.await, format!("{line}:13"));

    let found = site(scope!(|run| {
        let _task = run << fail(); line = line!();
    }));
    assert_eq!(found.await, format!("{line}:21"));

    let found = site(scope!(|run| {
        let other = run.clone();
        let _task =
            other << fail(); line = line!();
    }));
    assert_eq!(found.await, format!("{line}:13"));

    let found = site(scope!(|run| {
        #[task(name = "named")]
        run << fail(); line = line!();
    }));
    assert_eq!(found.await, format!("{line}:9"));

    let found = site(scope!(|run| {
        #[task(main)]
        let _task = run << fail(); line = line!();
    }));
    assert_eq!(found.await, format!("{line}:21"));

    let found = site(scope!(|run| {
        line = field(&Site { run: run.clone() });
    }));
    assert_eq!(found.await, format!("{line}:5"));

    let found = site(scope!(|run| {
        run.all(fail(), async {}); line = line!();
    }));
    assert_eq!(found.await, format!("{line}:13"));
}
