use ayo::{actxmgr, with};

actxmgr! {
    async fn number() -> u32 {
        yield 1;
    }
}

#[tokio::main]
async fn main() {
    let _ = with!();
    let _ = with!({ 5 });
    let _ = with!(number() => { 5 });
    let _ = with!(n = number() { n });
    let _ = with!(n = number() => n);
    let _ = with!(n = number());
    let _ = with!(a = number() b = number() => { a });
    let _ = with!(n = number().await => { n });
    let _ = with!(n = number()? => { n });
}
