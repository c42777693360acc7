use ayo::{group, with};

#[tokio::main]
async fn main() {
    let number = 5;
    let _ = with!(n = number => { n }).await;
    let _ = group([1, 2]);
}
