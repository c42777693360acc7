#![deny(warnings)]

use ayo::scope;

#[must_use]
#[derive(ayo::Plain)]
struct Token;

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let end = scope!(|_| {
        defer!({
            let unused = 1;
        });
        defer!(|exit| async {});
        let never_read = 2;
        Token;
    });
    end.await.unwrap();
}
