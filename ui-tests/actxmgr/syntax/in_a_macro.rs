ayo::actxmgr! {
    async fn numbered(n: u32) -> u32 {
        println!("it ended: {}", (yield n).is_done());
    }
}

fn main() {}
