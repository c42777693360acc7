generator! {
    let mut sum = 0;
    while let Some(n) = (yield sum) {
        sum += n;
    }
}
