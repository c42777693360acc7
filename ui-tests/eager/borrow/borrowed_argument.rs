// The task may outlive the call, so it cannot borrow.
#[ayo::eager]
async fn length(text: &str) -> usize {
    text.len()
}

struct Server(u32);

impl Server {
    #[ayo::eager]
    async fn serve(&self) -> u32 {
        self.0
    }
}

fn main() {
    let _task = length("a");
    let _task = Server(1).serve();
}
