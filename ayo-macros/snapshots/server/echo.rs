/// Echoes.
pub async fn echo(worker: Worker) -> ::core::result::Result<(), ::ayo::BoxError> {
    let ended: () = {
        let listener = worker.listener("127.0.0.1:8888")?;
        let run = worker.scope();
        ::ayo::__private::scope::task(&run).start_now(accept(listener));
        let signal: Signal = ::ayo::__private::server::ready(&worker).await;
        ayo::timeout(::core::time::Duration::from_nanos(5000000000u64), flush(signal))
            .await?;
    };
    #[allow(unreachable_code)]
    let done = ::core::result::Result::Ok(ended);
    done
}
