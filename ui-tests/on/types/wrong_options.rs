#[ayo::on(starting, order = "first")]
fn first() {}

#[ayo::on(starting, context = "shop")]
fn open() {}

fn main() {}
