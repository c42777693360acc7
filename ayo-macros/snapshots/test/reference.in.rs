#[ayo::test(real_time, timeout = 5s, max_concurrency = 2)]
#[should_panic(expected = "no")]
/// It does.
async fn it_does(run: &Scope) -> Result<(), anyhow::Error> {
    #![allow(unused)]
    run << beat();
    Ok(())
}
