use ayo::scope;

async fn fetch(n: u32) -> u32 {
    n
}

async fn example() -> Result<(), ayo::Error> {
    scope!(|run| {
        #[task(name = "a")]
        #[task(background)]
        run << fetch(1);
        #[task = "b"]
        run << fetch(2);
    })
    .await?;
    Ok(())
}

fn main() {}
