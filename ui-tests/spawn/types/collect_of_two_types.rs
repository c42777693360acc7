use ayo::scope;

async fn fetch(n: u32) -> u32 {
    n
}

async fn example() -> Result<(), ayo::Error> {
    let report = scope!(collect => |run| {
        run << fetch(1);
        run << async { "text" };
    })
    .report()
    .await;
    assert_eq!(report.results, [1]);
    Ok(())
}

fn main() {}
