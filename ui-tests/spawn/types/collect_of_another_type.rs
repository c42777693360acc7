use ayo::scope;

async fn fetch(n: u32) -> u32 {
    n
}

async fn example() -> Result<(), ayo::Error> {
    let report = scope!(collect = u32 => |run| {
        run << fetch(1);
        run << async { "text" };
        let task = run << async { 5_u8 };
        task.await?
    })
    .report()
    .await;
    assert_eq!(report.results.len(), 1);
    Ok(())
}

fn main() {}
