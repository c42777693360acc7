use ayo::{Event, Scope};

#[ayo::on(starting)]
async fn connect(run: Scope, url: &str) {}

#[ayo::on(stopping)]
async fn bye(event: Event) {}

struct Server;

impl Server {
    #[ayo::on(stopped)]
    fn gone(&self) {}
}

#[ayo::on(stopped)]
struct Gone;

fn main() {}
