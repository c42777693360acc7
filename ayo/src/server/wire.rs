//! What a master and a worker process say to each other, over a pair of sockets: frames, one of which may carry a
//! listening socket.

use std::io::{self, IoSlice, IoSliceMut, Read, Write};
use std::mem::MaybeUninit;
use std::net::TcpListener;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::net::UnixStream;

use rustix::net::{
    RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, SendAncillaryBuffer, SendAncillaryMessage,
    SendFlags, recvmsg, sendmsg,
};

/// What is said.
pub(super) enum Frame {
    /// Worker: a listening socket, please. The addresses, one a line.
    Listen(String),
    /// Worker: I serve.
    Ready,
    /// Worker: this is what I end with.
    Failed(String),
    /// Master: the main context. It comes first.
    Context(Vec<u8>),
    /// Master: there it is.
    Socket(TcpListener),
    /// Master: it cannot be had.
    Refused(String),
    /// Master: a signal came.
    Signal(u8),
}

impl Frame {
    fn tag(&self) -> u8 {
        match self {
            Self::Listen(_) => b'L',
            Self::Ready => b'R',
            Self::Failed(_) => b'F',
            Self::Context(_) => b'C',
            Self::Socket(_) => b'K',
            Self::Refused(_) => b'E',
            Self::Signal(_) => b'S',
        }
    }

    fn payload(&self) -> &[u8] {
        match self {
            Self::Listen(text) | Self::Failed(text) | Self::Refused(text) => text.as_bytes(),
            Self::Context(bytes) => bytes,
            Self::Signal(number) => std::slice::from_ref(number),
            Self::Ready | Self::Socket(_) => &[],
        }
    }

    fn of(tag: u8, payload: Vec<u8>, socket: Option<OwnedFd>) -> io::Result<Self> {
        let text = |payload| String::from_utf8(payload).map_err(|_| garbled());
        Ok(match (tag, socket) {
            (b'L', _) => Self::Listen(text(payload)?),
            (b'R', _) => Self::Ready,
            (b'F', _) => Self::Failed(text(payload)?),
            (b'C', _) => Self::Context(payload),
            (b'K', Some(socket)) => Self::Socket(TcpListener::from(socket)),
            (b'E', _) => Self::Refused(text(payload)?),
            (b'S', _) => Self::Signal(*payload.first().ok_or_else(garbled)?),
            _ => return Err(garbled()),
        })
    }
}

fn garbled() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "what came is no frame")
}

/// Says it. The first byte takes the socket along.
pub(super) fn send(mut stream: &UnixStream, frame: &Frame) -> io::Result<()> {
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
    let mut beside = SendAncillaryBuffer::new(&mut space);
    let socket = if let Frame::Socket(socket) = frame { Some([socket.as_fd()]) } else { None };
    if let Some(socket) = &socket {
        beside.push(SendAncillaryMessage::ScmRights(socket));
    }
    let tag = [frame.tag()];
    rustix::io::retry_on_intr(|| sendmsg(stream, &[IoSlice::new(&tag)], &mut beside, SendFlags::empty()))?;
    let payload = frame.payload();
    let length =
        u32::try_from(payload.len()).map_err(|_| io::Error::other("more than 4 GiB for a worker"))?;
    stream.write_all(&length.to_le_bytes())?;
    stream.write_all(payload)
}

/// A socket that comes is not for the processes that this one starts.
#[cfg(not(target_vendor = "apple"))]
const CLOSED_ON_EXEC: RecvFlags = RecvFlags::CMSG_CLOEXEC;
/// Apple's systems have no flag for it; there it is said a moment later.
#[cfg(target_vendor = "apple")]
const CLOSED_ON_EXEC: RecvFlags = RecvFlags::empty();

/// Waits for what is said next; `None`: the other side is gone.
pub(super) fn receive(mut stream: &UnixStream) -> io::Result<Option<Frame>> {
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
    let mut beside = RecvAncillaryBuffer::new(&mut space);
    let mut tag = [0];
    let read = rustix::io::retry_on_intr(|| {
        recvmsg(stream, &mut [IoSliceMut::new(&mut tag)], &mut beside, CLOSED_ON_EXEC)
    })?;
    if read.bytes == 0 {
        return Ok(None);
    }
    let mut sockets = beside.drain().filter_map(|message| match message {
        RecvAncillaryMessage::ScmRights(mut sockets) => sockets.next(),
        _ => None,
    });
    let socket = sockets.next();
    #[cfg(target_vendor = "apple")]
    if let Some(socket) = &socket {
        rustix::io::fcntl_setfd(socket, rustix::io::FdFlags::CLOEXEC)?;
    }
    let mut length = [0; 4];
    stream.read_exact(&mut length)?;
    let mut payload = vec![0; u32::from_le_bytes(length) as usize];
    stream.read_exact(&mut payload)?;
    Frame::of(tag[0], payload, socket).map(Some)
}
