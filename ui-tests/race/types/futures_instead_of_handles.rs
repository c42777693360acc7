use ayo::Scope;

async fn work() {}

async fn example(run: &Scope) {
    ayo::cancel_and_wait((run.spawn(work()), work())).await;
    ayo::cancel_and_wait(run.spawn(work())).await;
}

fn main() {}
