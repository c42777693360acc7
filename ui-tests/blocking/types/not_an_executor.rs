use ayo::scope;

struct Threads;

async fn example() -> Result<(), ayo::Error> {
    scope!(|run| {
        run.aside_in(&Threads, || ());
        run.aside_in(4, || ());
    })
    .await?;
    Ok(())
}

fn main() {}
