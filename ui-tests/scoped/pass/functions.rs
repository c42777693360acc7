#![forbid(unsafe_code)]
#![deny(warnings)]

use ayo::{Scope, Task};

struct Site(u32);

impl Site {
    #[ayo::scoped]
    fn start<'a>(&'a self, run: &Scope) -> (&'a Self, Task<u32>) {
        let n = self.0;
        (self, run << async move { n })
    }

    #[ayo::scoped]
    async fn wait(&self, run: &Scope) -> Result<u32, ayo::Cancelled> {
        #[task(name = "wait")]
        let task = run << ayo::move_on_after(5ms, std::future::pending::<()>());
        match task.await? {
            None => return Ok(self.0),
            Some(()) => Ok(0),
        }
    }
}

#[ayo::scoped]
fn many<I: IntoIterator<Item = u32>>(run: Scope, items: I) {
    for n in items {
        run << async move { n };
    }
}

#[ayo::main(flavor = "current_thread")]
async fn main(run: &Scope) -> Result<(), ayo::Error> {
    let site = Site(4);
    let (site, task) = site.start(run);
    many(run.clone(), [1, 2]);
    let sum = ayo::scope!(|run| { task.await? + site.wait(run).await? }).await?;
    assert_eq!(sum, 8);
    Ok(())
}
