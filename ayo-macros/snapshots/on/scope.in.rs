#[ayo::on(stopping)]
async fn bye(run: &Scope) {
    run << save();
    ayo::timeout(5s, count_down()).await;
}
