ayo::actxmgr! {
    async fn wrong() -> &mut u32 {
        let mut text = String::new();
        yield &mut text;
    }
}

ayo::actxmgr! {
    async fn nothing() -> u32 {
        yield;
    }
}

fn main() {}
