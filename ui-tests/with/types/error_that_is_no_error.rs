use ayo::{actxmgr, with};

actxmgr! {
    async fn number() -> u32 {
        yield 1;
    }
}

struct NoError;

fn fails() -> Result<u32, NoError> {
    Err(NoError)
}

#[tokio::main]
async fn main() {
    let _ = with!(n = number() => { fails()? + n }).await;
}
