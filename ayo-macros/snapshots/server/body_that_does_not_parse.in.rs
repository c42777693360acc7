server! {
    async fn echo(worker: Worker) { let x = ; }
}
