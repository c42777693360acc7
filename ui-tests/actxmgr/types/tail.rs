ayo::actxmgr! {
    async fn ends_with_a_value() -> u32 {
        yield 1;
        5
    }
}

fn main() {}
