#[ayo::test]
#[tokio::test]
async fn it_works() {}

fn main() {}
