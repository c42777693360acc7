scope!(|run| {
    run << async move { Ok(step().await?) };
    run << async { step().await?; };
    run << async { if bad { Err("bad") } else { Ok(1) } };
    run << async { Err(MyError) };
    run << async { loop { step().await?; } };
    run << async { step().await?; other().await };
    run << async { if bad { return Err(MyError); } for x in list { use_up(x)?; } };
})
