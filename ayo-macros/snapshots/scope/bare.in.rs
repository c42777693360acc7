scope!(|run| {
    run << fetch(url);
})
