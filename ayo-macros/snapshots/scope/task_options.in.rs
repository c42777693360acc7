scope!(|run| {
    #[task(name = "beat", background)]
    run << beat();
    #[task(main, bubble = false, cancel_timeout = 5s)]
    let server = run << serve();
    let pump = #[task(name = format!("pump {n}"))] run << pump();
    #[task]
    self.scope << other();
})
