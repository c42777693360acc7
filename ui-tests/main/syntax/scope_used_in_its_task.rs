use ayo::Scope;

#[ayo::main]
async fn main(run: Scope) {
    run << async move {
        run << async {};
    };
}
