//! Depth first: a tree is walked by tasks that start tasks, in two orders, and only the way of starting them differs.
//!
//! `cargo run -p examples --bin depth_first`

use std::cell::RefCell;
use std::pin::Pin;

use ayo::{LocalScope, scope};

struct Folder {
    name: &'static str,
    folders: Vec<Folder>,
}

type Walk<'env> = Pin<Box<dyn Future<Output = ()> + 'env>>;
type Log = RefCell<Vec<&'static str>>;

/// Each folder below goes to the end of the queue.
fn breadth_first<'env>(run: LocalScope<'env>, folder: &'env Folder, log: &'env Log) -> Walk<'env> {
    Box::pin(async move {
        log.borrow_mut().push(folder.name);
        for below in &folder.folders {
            run.spawn_ref(breadth_first(run.clone(), below, log));
        }
    })
}

/// Each folder below runs first, and this one goes on right behind it.
fn depth_first<'env>(run: LocalScope<'env>, folder: &'env Folder, log: &'env Log) -> Walk<'env> {
    Box::pin(async move {
        log.borrow_mut().push(folder.name);
        for below in &folder.folders {
            run.descend(depth_first(run.clone(), below, log)).await;
        }
    })
}

fn folder(name: &'static str, folders: Vec<Folder>) -> Folder {
    Folder { name, folders }
}

#[ayo::main(flavor = "current_thread")]
async fn main() -> Result<(), ayo::Error> {
    let src = folder("src", vec![folder("src/a", vec![]), folder("src/b", vec![])]);
    let root = folder("/", vec![src, folder("tests", vec![folder("tests/ui", vec![])])]);
    let log = Log::default();

    scope!(local => |run| { run << breadth_first(run.clone(), &root, &log); }).await?;
    println!("breadth first: {}", log.take().join(" "));

    scope!(local => |run| { run << depth_first(run.clone(), &root, &log); }).await?;
    println!("depth first:   {}", log.take().join(" "));
    Ok(())
}
