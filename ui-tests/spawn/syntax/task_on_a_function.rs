use ayo::scope;

async fn example() -> Result<(), ayo::Error> {
    scope!(|run| {
        #[task(name = "beat")]
        async fn beat() {}
        run << beat();
    })
    .await?;
    Ok(())
}

fn main() {}
