async fn quiet(__ayo_worker: ayo::Worker) -> Result<(), Problem> {
    match ::ayo::__private::server::ready(&__ayo_worker).await {
        Signal::Interrupt => Err(Problem),
        _ => Ok(()),
    }
}
async fn other(mut worker: Worker) -> Result<(), Problem> {
    ::ayo::__private::server::ready(&worker).await;
    Ok(())
}
