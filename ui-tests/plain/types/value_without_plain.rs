use ayo::scope;

#[derive(ayo::Plain)]
struct Page<T>(T);

struct Body;

async fn example() -> Result<(), ayo::Error> {
    scope!(|run| {
        run << async { Page(Body) };
        run << async { Some(Body) };
    })
    .await
}

fn main() {}
