use ayo::with;

async fn ordinary(n: u32) -> u32 {
    n
}

#[tokio::main]
async fn main() {
    let _ = with!(n = ordinary(1) => { n }).await;
}
