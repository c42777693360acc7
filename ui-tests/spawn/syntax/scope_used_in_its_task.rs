use ayo::scope;

async fn fetch(n: u32) -> u32 {
    n
}

async fn example() -> Result<(), ayo::Error> {
    scope!(|run| {
        run << async move {
            run << fetch(1);
        };
        let task = run << async {
            for n in 0..3 {
                run.spawn(fetch(n));
            }
            run.len()
        };
        task.await?
    })
    .await?;
    Ok(())
}

fn main() {}
