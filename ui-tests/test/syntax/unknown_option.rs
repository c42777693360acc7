#[ayo::test(cancel_everwhere)]
async fn it_works() {}

fn main() {}
