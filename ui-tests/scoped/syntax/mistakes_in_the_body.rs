use ayo::Scope;

#[ayo::scoped]
fn start(run: &Scope) {
    #[task(backgroud)]
    run << async {};
    #[task]
    println!("no task");
    run << ayo::move_on_after(5minutes, async {});
    run << async move { run.stop() };
}

fn main() {}
