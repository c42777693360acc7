use ayo::{Event, Scope};

#[ayo::on(runtime::created)]
async fn created() {}

#[ayo::on(task_failed)]
async fn report(event: &Event) {
    println!("{event:?}");
}

#[ayo::on(leaked)]
fn tell(run: &Scope) {
    run.cancel();
}

fn main() {}
