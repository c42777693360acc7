async fn fetch(n: u32) -> u32 {
    n
}

async fn example() -> Result<(), ayo::Error> {
    ayo::timeout("5", fetch(1)).await.ok();
    Ok(())
}

fn main() {}
