struct Scope;

#[ayo::main]
async fn main(run: &Scope) {
    let _ = run;
}
