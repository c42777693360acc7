async fn clean_up() {}

async fn example() {
    ayo::defer!(clean_up());
}

fn main() {}
