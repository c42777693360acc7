use ayo::scope;

async fn example() -> Result<(), ayo::Error> {
    scope!(|run| {
        let mut count = 0;
        run.every(1, || count += 1);
        println!("{count}");
    })
    .await?;
    Ok(())
}

fn main() {}
