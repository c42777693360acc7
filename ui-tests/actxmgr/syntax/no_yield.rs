ayo::actxmgr! {
    async fn nothing(path: &str) -> u32 {
        drop(path);
    }
}

fn main() {}
