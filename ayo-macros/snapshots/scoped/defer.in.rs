#[ayo::scoped]
async fn back_up(run: &Scope) -> Result<u32, Error> {
    let lock = take().await?;
    defer!(async { lock.release().await });
    for page in pages() {
        let file = create(&page).await?;
        defer!(|exit| async move { file.close(exit.is_done()).await?; Ok(()) });
        run << ayo::timeout(30s, write(&page));
    }
    Ok(5)
}
