with!(a = open().await, b = open() => {
    for x in y {
        break;
    }
    break Ok(5)
})
