use std::rc::Rc;

use ayo::{actxmgr, with};

actxmgr! {
    async fn number() -> u32 {
        yield 1;
    }
}

struct Tx<'p>(&'p str);

actxmgr! {
    async fn begin<'p>(text: &'p str) -> &mut Tx<'p> {
        yield &mut Tx(text);
    }
}

#[tokio::main]
async fn main() {
    tokio::spawn(async {
        let rc = Rc::new(1);
        with!(n = number() => { tokio::task::yield_now().await; n + *rc }).await
    });
    let rc = Rc::new(1);
    let _ = with!(tx = begin("boxed") => { tokio::task::yield_now().await; tx.0.len() + *rc }).await;
}
