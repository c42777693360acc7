//! A scope inside of `join!` leaves the code around it `Send`, so that it can be spawned.

use ayo::scope;

async fn both() -> Result<u8, ayo::Error> {
    let (a, b) = tokio::join!(scope!(|_| { 1 }), scope!(|_| { 2 }));
    Ok(a? + b?)
}

fn is_send<T: Send>(_: T) {}

fn main() {
    is_send(both());
}
