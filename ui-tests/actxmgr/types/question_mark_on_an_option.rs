ayo::actxmgr! {
    async fn first(list: &[u32]) -> u32 {
        yield *list.first()?;
    }
}

fn main() {}
