use ayo::scope;

async fn fetch(n: u32) -> u32 {
    n
}

async fn example() -> Result<(), ayo::Error> {
    scope!(|run| {
        #[task(name = "first")]
        run.spawn(fetch(1));
        #[task]
        let n = 5;
        run << fetch(n);
    })
    .await?;
    Ok(())
}

fn main() {}
