#[ayo::test(real_time, cancel_everywhere)]
async fn one() {}

#[ayo::test(flavor = "multi_thread", drop_everywhere, replay = 3)]
async fn two() {}

fn main() {}
