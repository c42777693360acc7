use ayo::{Cancelled, Pool, blocking, scope};

fn work() -> Result<u32, Cancelled> {
    blocking::check()?;
    blocking::sleep(0.001)?;
    Ok(7)
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    let pool = Pool::named("forms").threads(2).build()?;
    let name = String::from("forms");
    let sum = scope!(max_concurrency = 1 => |run| {
        let text = String::from("moved");
        let length = run.aside(move || text.len());
        let one = run.aside(work);
        let two = run.aside_in("forms", work);
        let three = run.aside_in(&pool, || work().map(u64::from));
        let four = run.aside_in(&name, || std::fs::read("Cargo.toml"));
        four.await?;
        length.await? as u64 + u64::from(one.await? + two.await?) + three.await?
    })
    .await?;
    assert_eq!(sum, 26);
    Ok(())
}
