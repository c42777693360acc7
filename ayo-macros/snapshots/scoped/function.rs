/// Starts a crawl.
pub async fn crawl<T: Site>(run: &Scope, site: T) -> Result<u32, Error> {
    for page in site.pages() {
        ::ayo::__private::scope::start(&run, fetch(page));
    }
    let first = ::ayo::__private::scope::spawn(&run, fetch(site.first()));
    sleep(::core::time::Duration::from_nanos(30000000u64)).await;
    Ok(first.await?)
}
