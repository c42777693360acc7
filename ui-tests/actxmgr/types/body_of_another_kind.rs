ayo::actxmgr! {
    async fn number() -> u32 {
        yield 1;
    }
}

#[tokio::main]
async fn main() {
    let _ = number(|n| n + 1).await;
    let _ = number(async |n| n + 1).await;
}
