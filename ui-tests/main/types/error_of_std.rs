#[ayo::main]
async fn main() -> std::io::Result<()> {
    std::fs::read_to_string("Cargo.toml").map(drop)
}
