use ayo::{Scope, scope};

struct Site {
    url: String,
}

impl Site {
    async fn check(&self) -> Result<(), ayo::Error> {
        scope!(|run| {
            run << async move { println!("{}", self.url) };
        })
        .await
    }

    #[ayo::scoped]
    fn start(&self, run: &Scope) {
        run << self.check();
    }
}

fn main() {}
