#[ayo::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_threads(#[allow(unused)] run: &Scope) {}
