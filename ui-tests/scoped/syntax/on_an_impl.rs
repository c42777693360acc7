use ayo::Scope;

struct Site;

#[ayo::scoped]
impl Site {
    fn start(&self, run: &Scope) {
        run.spawn(async {});
    }
}

fn main() {}
