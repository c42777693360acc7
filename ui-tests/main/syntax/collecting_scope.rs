#[ayo::main]
async fn main(run: &ayo::Scope<ayo::Collect<u32>>) {
    run << async { 5 };
}
