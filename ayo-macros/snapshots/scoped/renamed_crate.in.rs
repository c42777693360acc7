#[renamed::scoped(crate = renamed)]
fn start(run: &renamed::Scope) { run << beat(); }
