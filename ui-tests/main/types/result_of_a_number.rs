#[ayo::main]
async fn main() -> Result<u32, ayo::Error> {
    Ok(5)
}
