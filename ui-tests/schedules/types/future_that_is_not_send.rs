use ayo::scope;

async fn example() -> Result<(), ayo::Error> {
    scope!(|run| {
        run.every(1, || async {
            let shared = std::rc::Rc::new(1);
            tokio::task::yield_now().await;
            println!("{shared}");
        });
    })
    .await?;
    Ok(())
}

fn main() {}
