use ayo::{actxmgr, with};

actxmgr! {
    async fn text() -> &str {
        let own = String::from("own");
        yield &own;
    }
}

#[tokio::main]
async fn main() {
    let _ = with!(text = text() => { text }).await;
}
