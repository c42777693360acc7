#[ayo::main]
async fn main() -> impl Termination {
    ExitCode::SUCCESS
}
