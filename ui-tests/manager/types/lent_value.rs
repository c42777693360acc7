use ayo::{actxmgr, manager};

actxmgr! {
    async fn lent() -> &mut u32 {
        yield &mut 5;
    }
}

fn main() {
    let _ = manager!(lent());
}
