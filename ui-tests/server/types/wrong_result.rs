use ayo::{Worker, server};

server! {
    async fn count(worker: Worker) -> u32 {
        yield;
        5
    }

    async fn tail(worker: Worker) {
        yield;
        5
    }

    async fn nothing(worker: Worker) -> Result<(), String> {
        yield;
    }
}

fn main() {
    let _ = ayo::serve(count).run();
}
