#[ayo::cached]
/// Squares.
pub async fn square(n: u64) -> u64 { n * n }
