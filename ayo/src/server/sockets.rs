//! The listening sockets, which the master makes and holds.

use std::collections::HashMap;
use std::io;
use std::net::{SocketAddr, TcpListener, ToSocketAddrs};
use std::sync::{Arc, Mutex};

use crate::sync::lock;

/// By what was asked for: workers that ask for the same get the same socket, `127.0.0.1:0` too.
#[derive(Clone, Default)]
pub(super) struct Sockets(Arc<Mutex<HashMap<Vec<SocketAddr>, TcpListener>>>);

impl Sockets {
    /// A handle of the socket at the first of these addresses that can be had.
    pub(super) fn get(&self, addresses: &[SocketAddr]) -> io::Result<TcpListener> {
        let mut sockets = lock(&self.0);
        if let Some(socket) = sockets.get(addresses) {
            return socket.try_clone();
        }
        let socket = listen(addresses)?;
        let handle = socket.try_clone()?;
        sockets.insert(addresses.to_vec(), socket);
        Ok(handle)
    }
}

fn listen(addresses: &[SocketAddr]) -> io::Result<TcpListener> {
    let socket = TcpListener::bind(addresses)?;
    socket.set_nonblocking(true)?;
    // As many as may come while workers are replaced; the system has a limit of its own.
    #[cfg(unix)]
    rustix::net::listen(&socket, 4096)?;
    Ok(socket)
}

/// What is meant by an address; an error names it.
pub(super) fn resolve(address: impl ToSocketAddrs) -> io::Result<Vec<SocketAddr>> {
    let all: Vec<SocketAddr> = address.to_socket_addrs()?.collect();
    if all.is_empty() {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "the address stands for none"));
    }
    Ok(all)
}
