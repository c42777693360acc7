//! What tasks return: all of it in order, some of it together, or one by one.
//!
//! `cargo run -p examples --bin collect`

use std::time::Duration;

use ayo::{Plain, Scope, scope};
use tokio::time::sleep;

/// `Plain` says that this is a value, whereas an `Err` would be a failure of the task.
#[derive(Debug, Plain)]
struct Length {
    word: &'static str,
    letters: usize,
}

async fn measure(word: &'static str) -> Length {
    // The longer the word, the sooner: order of ending is not order of starting.
    sleep(Duration::from_millis(60 - 5 * word.len() as u64)).await;
    Length { word, letters: word.len() }
}

#[ayo::main]
async fn main(run: &Scope) -> Result<(), ayo::Error> {
    // `collect` keeps every task's value, in the order in which the tasks were started.
    let report = scope!(collect => |run| {
        for word in ["structured", "is", "concurrency"] {
            run << measure(word);
        }
    });
    for Length { word, letters } in report.report().await.results {
        println!("{word}: {letters}");
    }

    // Some futures of different types, awaited together.
    let (length, number) = run.all(measure("both"), async { 42 }).await?;
    println!("{}: {}, and {number}", length.word, length.letters);

    // The same for each item of an iterator, which is asked for the next one only when there is a
    // free place: it may be endless, as long as somebody stops it.
    let squares = scope!(max_concurrency = 4 => |run| {
        run.map(1..=10_u64, |n| async move { n * n }).await?
    });
    println!("squares: {:?}", squares.await?);

    // One by one: each handle awaits to its task's value.
    let (one, two) = (run << measure("one"), run << measure("seven"));
    println!("{} letters in two words", one.await?.letters + two.await?.letters);
    Ok(())
}
