use std::sync::Arc;

fn main() {
    ayo::testing::watch(&Arc::new(1));
}
