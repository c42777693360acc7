use ayo::scope;

async fn example() -> Result<(), ayo::Error> {
    scope!(|run| {
        run.at(5, || ());
        run.at("12:00", || ());
    })
    .await?;
    Ok(())
}

fn main() {}
