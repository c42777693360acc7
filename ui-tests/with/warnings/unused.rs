#![deny(warnings)]

use ayo::{actxmgr, with};

actxmgr! {
    async fn number() -> u32 {
        yield 1;
    }
}

#[tokio::main]
async fn main() {
    with!(_n = number() => {});
    with!(_n = number() => {}).await;
    let _ = with!(n = number() => {}).await;
}
