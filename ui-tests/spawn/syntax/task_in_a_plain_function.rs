use ayo::Scope;

fn example(run: &Scope) {
    #[task(name = "beat")]
    run << async {};
}

fn main() {}
