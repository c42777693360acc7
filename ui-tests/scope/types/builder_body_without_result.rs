async fn example() -> Result<(), ayo::Error> {
    let n = ayo::scope().run(async |_| 5).await?;
    assert_eq!(n, 5);
    Ok(())
}

fn main() {}
