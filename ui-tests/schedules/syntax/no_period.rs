use ayo::scope;

async fn example() -> Result<(), ayo::Error> {
    scope!(|run| {
        run.every(0, || ());
        run.every(0.0, || ());
        run.every(0ms, || ()).times(3);
        run.every(-1, || ());
        run.after(-30ms, || ());
        run.after(5min, || ());
    })
    .await?;
    Ok(())
}

fn main() {}
