use ayo::scope;

async fn fetch(n: u32) -> u32 {
    n
}

async fn example() -> Result<(), ayo::Error> {
    scope!(|run| {
        run << ayo::move_on_after(300msec, fetch(1));
        ayo::move_on_after(-1s, fetch(2)).await;
    })
    .await?;
    Ok(())
}

fn main() {}
