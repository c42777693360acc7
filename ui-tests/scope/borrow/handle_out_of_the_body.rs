use ayo::scope;

async fn fetch(n: u32) -> u32 {
    n
}

async fn example() -> Result<(), ayo::Error> {
    let task = scope!(|run| {
        run << fetch(1);
        run
    })
    .await?;
    drop(task);
    Ok(())
}

fn main() {}
