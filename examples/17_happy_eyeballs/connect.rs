use std::net::SocketAddr;

use tokio::sync::Notify;

/// Connects to one of several addresses as RFC 8305 ("happy eyeballs") wants it: each is tried 250 ms after the one before it,
/// or as soon as that one has failed. The first connection wins, and the other attempts are over when this returns.
pub(crate) async fn happy_eyeballs<A, C, E, F>(
    addresses: impl IntoIterator<Item = A>,
    connect: impl Fn(A) -> F,
) -> Result<C, ayo::AllFailed<E>>
where
    F: Future<Output = Result<C, E>>,
{
    let addresses = Vec::from_iter(addresses);
    let events = || Vec::from_iter(addresses.iter().map(|_| Notify::new()));
    let (started, failed, connect) = (&events(), &events(), &connect);
    let attempts = addresses.into_iter().enumerate().map(|(n, address)| async move {
        if let Some(before) = n.checked_sub(1) {
            started[before].notified().await;
            ayo::move_on_after(0.25, failed[before].notified()).await;
        }
        started[n].notify_one();
        connect(address).await.inspect_err(|_| failed[n].notify_one())
    });
    ayo::race_ok(attempts).await
}

/// The order in which RFC 8305 tries them: the families take turns, and that of the first address begins.
pub(crate) fn interleave(addresses: impl IntoIterator<Item = SocketAddr>) -> Vec<SocketAddr> {
    let mut addresses = addresses.into_iter().peekable();
    let first = addresses.peek().is_some_and(SocketAddr::is_ipv6);
    let (one, other): (Vec<_>, Vec<_>) = addresses.partition(|address| address.is_ipv6() == first);
    let both = |n| one.get(n).into_iter().chain(other.get(n));
    (0..one.len().max(other.len())).flat_map(both).copied().collect()
}
