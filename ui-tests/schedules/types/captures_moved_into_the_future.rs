use ayo::scope;

async fn example() -> Result<(), ayo::Error> {
    scope!(|run| {
        let names = vec![String::new()];
        run.every(1, move || async move { drop(names) });
    })
    .await?;
    Ok(())
}

fn main() {}
