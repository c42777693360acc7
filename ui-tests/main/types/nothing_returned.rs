#[ayo::main]
async fn main() -> Result<(), ayo::Error> {
    println!("done");
}
