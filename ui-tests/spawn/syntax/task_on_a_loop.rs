use ayo::scope;

async fn fetch(n: u32) -> u32 {
    n
}

async fn example() -> Result<(), ayo::Error> {
    scope!(|run| {
        #[task(background)]
        for n in 0..3 {
            run << fetch(n);
        }
    })
    .await?;
    Ok(())
}

fn main() {}
