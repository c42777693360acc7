use ayo::scope;

async fn example() -> Result<(), ayo::Error> {
    let report = scope!(collect => |_| {}).report().await;
    println!("{}", report.results.len());
    Ok(())
}

fn main() {}
