#[ayo::main]
async fn main() {
    println!("hello");
}
