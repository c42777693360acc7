use ayo::scope;

struct Page;

async fn pages() -> Vec<Page> {
    vec![Page]
}

async fn example() -> Result<(), ayo::Error> {
    scope!(|run| {
        run << pages();
    })
    .await?;
    Ok(())
}

fn main() {}
