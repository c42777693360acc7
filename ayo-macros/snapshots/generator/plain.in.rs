generator! {
    for n in 1..=3 {
        sleep(20ms).await;
        yield n * n;
    }
}
