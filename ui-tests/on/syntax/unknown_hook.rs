#[ayo::on(stoping)]
async fn bye() {}

#[ayo::on(runtime::start)]
fn begun() {}

#[ayo::on]
fn which() {}

#[ayo::on(stopped, priority = 3)]
fn late() {}

fn main() {}
