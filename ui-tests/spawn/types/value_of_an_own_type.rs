use ayo::scope;

struct Page;

async fn page() -> Page {
    Page
}

async fn example() -> Result<(), ayo::Error> {
    scope!(|run| {
        run << page();
        let second = run << page();
        second.await?
    })
    .await?;
    Ok(())
}

fn main() {}
