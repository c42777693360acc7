use ayo::scope;

async fn fetch(n: u32) -> u32 {
    n
}

async fn example() -> Result<(), ayo::Error> {
    let n = scope!(|run| -> u32 {
        (run << fetch(1)).await?
    })
    .await?;
    assert_eq!(n, 1);
    Ok(())
}

fn main() {}
