use ayo::{closing, with};

struct Session;

#[tokio::main]
async fn main() {
    let _ = with!(_s = closing(Session) => {}).await;
}
