//! The smallest program: tasks belong to a scope, and the scope waits for them.
//!
//! `cargo run -p examples --bin hello`

use std::time::Duration;

use ayo::Scope;
use tokio::time::sleep;

async fn say(word: &'static str, after: Duration) {
    sleep(after).await;
    println!("{word}");
}

async fn length(word: &'static str) -> usize {
    word.len()
}

#[ayo::main]
async fn main(run: &Scope) -> Result<(), ayo::Error> {
    // `<<` starts a task, here in the scope of the whole program. Nobody has to keep a handle.
    run << say("world", 60ms);
    run << say("hello", 30ms);

    // As an expression it is a handle, which awaits to the task's value.
    let length = run << length("world");
    println!("world has {} letters", length.await?);

    // The program ends when both words are said.
    Ok(())
}
