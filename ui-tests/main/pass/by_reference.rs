#![forbid(unsafe_code)]
#![deny(warnings)]

#[ayo::main]
async fn main(run: &ayo::Scope) {
    run << async {};
}
