use ayo::scope;

async fn fetch(url: &str) -> usize {
    url.len()
}

async fn example() -> Result<(), ayo::Error> {
    let url = String::from("borrowed");
    scope!(|run| {
        run << fetch(&url);
    })
    .await?;
    Ok(())
}

fn main() {}
