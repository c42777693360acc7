use ayo::scope;

#[derive(ayo::Plain)]
struct Page<T>(T);

struct Body;

fn plain<T: ayo::Plain>(_: T) {}

async fn example() -> Result<(), ayo::Error> {
    plain(Body);
    scope!(|run| {
        run << async { Page(Body) };
        run << async { Body };
    })
    .await
}

fn main() {}
