use ayo::scope;

async fn fetch(n: u32) -> u32 {
    n
}

async fn example() -> Result<(), ayo::Error> {
    scope!(|run| {
        #[task(nmae = "first")]
        run << fetch(1);
        #[task(timeout = 5s)]
        run << fetch(2);
    })
    .await?;
    Ok(())
}

fn main() {}
