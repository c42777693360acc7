#![forbid(unsafe_code)]
#![deny(warnings)]

use ayo::Scope;

#[derive(Debug)]
enum Problem {
    Task(#[allow(dead_code)] ayo::Error),
}

impl From<ayo::Error> for Problem {
    fn from(error: ayo::Error) -> Self {
        Self::Task(error)
    }
}

#[ayo::main]
async fn main(_: &Scope) -> Result<(), Problem> {
    ayo::scope!(|run| { run << async {}; }).await?;
    Ok(())
}
