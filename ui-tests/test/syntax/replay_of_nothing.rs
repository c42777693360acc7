#[ayo::test(replay = 17)]
async fn one() {}

#[ayo::test(cancel_everywhere, drop_everywhere, replay = 17)]
async fn two() {}

#[ayo::test(cancel_everywhere, interleave = 100, replay = 17)]
async fn three() {}

fn main() {}
