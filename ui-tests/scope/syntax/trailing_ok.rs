use ayo::scope;

async fn fetch(n: u32) -> u32 {
    n
}

async fn example() -> Result<(), ayo::Error> {
    let n = scope!(|run| {
        let n = (run << fetch(1)).await?;
        Ok(n + 1)
    })
    .await?;
    assert_eq!(n, 2);
    Ok(())
}

fn main() {}
