async fn example() -> Result<(), ayo::Error> {
    let text = String::from("borrowed");
    ayo::scope()
        .run(async |run| {
            run.spawn(async { println!("{text}") });
            Ok::<_, ayo::BoxError>(())
        })
        .await?;
    Ok(())
}

fn main() {}
