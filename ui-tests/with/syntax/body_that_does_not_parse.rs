use ayo::{actxmgr, with};

actxmgr! {
    async fn number() -> u32 {
        yield 1;
    }
}

#[tokio::main]
async fn main() {
    let _ = with!(n = number() => { let x = ; n }).await;
}
