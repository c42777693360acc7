#![forbid(unsafe_code)]
#![deny(warnings)]

use ayo::Scope;

#[ayo::main(worker_threads = 2, name = "program", max_concurrency = 3)]
async fn main(run: Scope) -> Result<(), Box<dyn std::error::Error>> {
    let inner = run.clone();
    run << async move { inner << async {}; };
    let number: u32 = "5".parse()?;
    if number > 3 {
        return Ok(());
    }
    Err("too few".into())
}
