select! {
    Some(mut job) = jobs.recv(), if open => handle(&mut job).await,
    () = sleep(5s) => { run << beat(); }
    (n, &0) | (n, &1) = pair() => n,
    State::Done(ref x) = state => match x { _ => return },
    else => panic!(),
}
