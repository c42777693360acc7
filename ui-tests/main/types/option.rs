#[ayo::main]
async fn main() -> Option<()> {
    None
}
