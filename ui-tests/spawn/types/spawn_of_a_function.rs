use ayo::scope;

async fn fetch(n: u32) -> u32 {
    n
}

async fn example() -> Result<(), ayo::Error> {
    scope!(|run| {
        run.spawn(fetch);
        run.attempt(5);
        run.task(|| 5).name("five").start();
        ayo::spawn(fetch);
    })
    .await?;
    Ok(())
}

fn main() {}
