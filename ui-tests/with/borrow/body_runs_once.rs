use ayo::{actxmgr, with};

actxmgr! {
    async fn number() -> u32 {
        yield 1;
    }
}

#[tokio::main]
async fn main() {
    let mut list = vec![1];
    let first = &list[0];
    let _ = with!(n = number() => { list.push(n); }).await;
    println!("{first}");
}
