#[ayo::main]
async fn main() {
    ayo::scope!(|_| {}).await?;
}
