server! {
    async fn quiet(_: ayo::Worker) -> Result<(), Problem> {
        match (yield) {
            Signal::Interrupt => Err(Problem),
            _ => Ok(()),
        }
    }

    async fn other(mut worker: Worker) -> Result<(), Problem> {
        yield;
        Ok(())
    }
}
