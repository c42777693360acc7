use ayo::{Worker, server};

server! {
    fn not_async(worker: Worker) {
        yield;
    }

    async fn without_a_worker() {
        yield;
    }

    async fn never_ready(worker: Worker) {
        println!("{}", worker.index());
    }

    async fn with_more(worker: Worker, port: u16) {
        yield port;
    }

    async fn in_a_task(worker: Worker) {
        let run = worker.scope();
        run << async { yield; };
    }
}

fn main() {}
