use ayo::scope;

async fn fetch(n: u32) -> u32 {
    n
}

async fn example() -> Result<(), ayo::Error> {
    scope!(|run| {
        let n = run << fetch(1);
        let m: u32 = run << fetch(2);
        n + m
    })
    .await?;
    Ok(())
}

fn main() {}
