server! {
    /// Echoes.
    pub async fn echo(worker: Worker) {
        let listener = worker.listener("127.0.0.1:8888")?;
        let run = worker.scope();
        run << accept(listener);
        let signal: Signal = yield;
        ayo::timeout(5s, flush(signal)).await?;
    }
}
