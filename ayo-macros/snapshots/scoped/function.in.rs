#[ayo::scoped]
/// Starts a crawl.
pub async fn crawl<T: Site>(run: &Scope, site: T) -> Result<u32, Error> {
    for page in site.pages() {
        run << fetch(page);
    }
    let first = run << fetch(site.first());
    sleep(30ms).await;
    Ok(first.await?)
}
