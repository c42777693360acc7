#[ayo::scoped(timeout = 5)]
fn start(run: &Scope) { #[task(mian)] run << beat(); }
