use ayo::scope;

async fn fetch(n: u32) -> u32 {
    n
}

async fn example() -> Result<(), ayo::Error> {
    scope!(|run| {
        #[task(name = "a", name = "b")]
        run << fetch(1);
        #[task(name, background = true, bubble)]
        run << fetch(2);
        #[task(cancel_timeout = -1)]
        let third = run << fetch(3);
        third.await?
    })
    .await?;
    Ok(())
}

fn main() {}
