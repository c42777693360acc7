use ayo::Scope;

#[ayo::main]
async fn main(run: &Scope) {
    let text = String::from("borrowed");
    run << async { println!("{text}") };
}
