#[ayo::main]
async fn main(run: &Scope) -> Result<(), anyhow::Error> {
    run << fetch(url);
    let page = run << fetch(other);
    if page.await?.is_empty() {
        return Ok(());
    }
    Ok(())
}
