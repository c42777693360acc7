use ayo::{actxmgr, with};

actxmgr! {
    async fn number() -> Option<u32> {
        yield None;
    }
}

#[tokio::main]
async fn main() {
    let _ = with!(Some(n) = number() => { n }).await;
}
