use ayo::{Exit, actxmgr};

actxmgr! {
    async fn twice(retry: bool) -> u32 {
        match (yield 1) {
            Exit::Failed(_) if retry => {
                yield 2;
            }
            _ => {}
        }
    }
}

fn main() {}
