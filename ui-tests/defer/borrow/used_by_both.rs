use ayo::scope;

struct Connection;

impl Connection {
    async fn close(self) {}
    async fn send(&mut self) {}
}

async fn example() -> Result<(), ayo::Error> {
    scope!(|_| {
        let mut connection = Connection;
        defer!(connection.close());
        connection.send().await;
        let late = Connection;
        drop(connection);
        defer!(late.close());
        late.close().await;
    })
    .await
}

#[ayo::scoped]
async fn borrowed(text: &mut String) -> Result<&str, ayo::Error> {
    defer!(text.push('x'));
    Ok(&text[1..])
}

fn main() {}
