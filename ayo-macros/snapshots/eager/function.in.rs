#[ayo::eager]
/// Documented.
pub(crate) async fn fetch<T: Send + 'static>(mut url: String, (a, b): (u8, T), _permit: Permit) -> Result<T, Error> {
    sleep(20ms).await;
    url.push('a');
    Ok(b)
}
