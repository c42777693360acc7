use ayo::scope;

async fn fetch(n: u32) -> u32 {
    n
}

async fn example() -> Result<(), ayo::Error> {
    scope!(name = 7 => |run| {
        #[task(name = 'a')]
        run << fetch(1);
    })
    .await?;
    Ok(())
}

fn main() {}
