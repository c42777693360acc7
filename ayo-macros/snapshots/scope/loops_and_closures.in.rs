scope!(|run| {
    for url in urls {
        run << fetch(url);
    }
    let each = |url| {
        run << fetch(url);
    };
    urls.iter().for_each(each);
    run << async move {
        inner << fetch(url);
    };
    loop {
        run << serve(listener.accept().await?);
    }
})
