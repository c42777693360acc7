#[ayo::test(cancel_everywhere, replay = 17, crate = renamed)]
async fn every_where(run: Scope) {
    tokio::time::sleep(1h).await;
}
