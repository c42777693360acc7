use ayo::scope;

async fn example() -> Result<(), ayo::Error> {
    scope!(|run| {
        run.every(1, |n: u32| println!("{n}"));
    })
    .await?;
    Ok(())
}

fn main() {}
