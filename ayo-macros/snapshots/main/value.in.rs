#[ayo::main(flavor = "current_thread", timeout = 12)]
async fn main(run: Scope) -> ExitCode {
    run << fetch(url);
    ExitCode::SUCCESS
}
