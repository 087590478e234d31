//! A client's socket: cheap enough that thousands fit into one thread.

use std::cell::RefCell;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use socket2::{Domain, Protocol, Type};
use tokio::net::{TcpSocket, TcpStream};
use tokio::sync::Mutex;
use tokio_tungstenite::tungstenite::handshake::client::generate_key;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;

use super::frame::{self, Frame, Parsed, opcode};

/// Most bytes of an answer to the handshake.
const MAX_HEAD: usize = 16 * 1024;
/// Most bytes of a frame that is waited for.
const MAX_FRAME: usize = 64 * 1024 * 1024;

thread_local! {
    /// Sockets of a thread read one after another, so one buffer serves them all.
    static SCRATCH: RefCell<Vec<u8>> = RefCell::new(vec![0; 256 * 1024]);
}

#[derive(Debug, thiserror::Error)]
pub enum SocketError {
    #[error(transparent)]
    Io(#[from] io::Error),
    #[error("handshake refused: {0}")]
    Refused(String),
    #[error("bytes that are no frame")]
    Protocol,
}

/// Where and how to open a socket.
pub(super) struct Opening<'a> {
    pub address: SocketAddr,
    /// `Host`.
    pub host: &'a str,
    /// Path and query.
    pub path: &'a str,
    /// Further lines of the request.
    pub headers: &'a [String],
    /// A subprotocol that the server must agree to.
    pub protocol: Option<&'a str>,
    /// Bytes of the kernel's receive buffer; the system's choice without it.
    pub receive_buffer: Option<u32>,
}

/// Writes frames. Shared by the task that reads and the one that sends.
pub(super) struct Writer {
    stream: Arc<TcpStream>,
    turn: Mutex<()>,
}

impl Writer {
    /// A text frame.
    pub(super) async fn send(&self, text: &[u8]) -> io::Result<()> {
        self.write(&frame::masked(opcode::TEXT, text)).await
    }

    /// Bytes as they are.
    pub(super) async fn write(&self, bytes: &[u8]) -> io::Result<()> {
        let _turn = self.turn.lock().await;
        let mut rest = bytes;
        while !rest.is_empty() {
            match self.stream.try_write(rest) {
                Ok(written) => rest = &rest[written..],
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => self.stream.writable().await?,
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}

/// What came of reading.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Got {
    /// So many bytes.
    Bytes(usize),
    /// The server ended it, with a close code if it gave one.
    Closed(Option<u16>),
}

pub(super) struct Socket {
    stream: Arc<TcpStream>,
    writer: Arc<Writer>,
    /// The beginning of a frame.
    pending: Vec<u8>,
    /// What came right behind the handshake was not looked at yet.
    fresh: bool,
    local: SocketAddr,
}

impl Socket {
    pub(super) async fn open(opening: &Opening<'_>) -> Result<Self, SocketError> {
        let stream = connect(opening).await?;
        stream.set_nodelay(true)?;
        let local = stream.local_addr()?;
        let key = generate_key();
        let mut request = format!(
            "GET {} HTTP/1.1\r\nHost: {}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n",
            opening.path, opening.host
        );
        for line in opening.headers {
            request.push_str(line);
            request.push_str("\r\n");
        }
        request.push_str("\r\n");
        let stream = Arc::new(stream);
        let writer = Arc::new(Writer { stream: Arc::clone(&stream), turn: Mutex::new(()) });
        writer.write(request.as_bytes()).await?;
        let mut socket = Self { stream, writer, pending: Vec::new(), fresh: true, local };
        socket.greeted(&derive_accept_key(key.as_bytes()), opening.protocol).await?;
        Ok(socket)
    }

    /// Reads the answer to the handshake; what comes behind it is kept.
    async fn greeted(&mut self, accept: &str, protocol: Option<&str>) -> Result<(), SocketError> {
        let refused = |head: &str| SocketError::Refused(head.lines().next().unwrap_or_default().to_owned());
        let mut bytes = Vec::new();
        let end = loop {
            if let Some(end) = memchr::memmem::find(&bytes, b"\r\n\r\n") {
                break end;
            }
            if bytes.len() > MAX_HEAD {
                return Err(refused("the head is too long"));
            }
            self.stream.readable().await?;
            match self.stream.try_read_buf(&mut bytes) {
                Ok(0) => return Err(refused("closed before an answer")),
                Ok(_) => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(error) => return Err(error.into()),
            }
        };
        let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
        let header = |wanted: &str| {
            let lines = head.lines().filter_map(|line| line.split_once(':'));
            let mut found = lines.filter(|(name, _)| name.eq_ignore_ascii_case(wanted));
            found.next().map(|(_, value)| value.trim())
        };
        if head.split(' ').nth(1) != Some("101") || header("sec-websocket-accept") != Some(accept) {
            return Err(refused(&head));
        }
        if protocol.is_some() && header("sec-websocket-protocol") != protocol {
            return Err(refused("the server did not agree to the subprotocol"));
        }
        self.pending = bytes.split_off(end + 4);
        Ok(())
    }

    pub(super) fn writer(&self) -> Arc<Writer> {
        Arc::clone(&self.writer)
    }

    /// The port of this end.
    pub(super) fn port(&self) -> u16 {
        self.local.port()
    }

    /// Waits until there is something to read, reads once, and shows each whole text frame. Pings are answered.
    /// Dropping it half-way loses nothing.
    pub(super) async fn receive(&mut self, mut seen: impl FnMut(&[u8])) -> Result<Got, SocketError> {
        if std::mem::take(&mut self.fresh) {
            let begun = std::mem::take(&mut self.pending);
            let mut answers = Vec::new();
            let (used, end) = show(&begun, &mut seen, &mut answers)?;
            self.pending = begun[used..].to_vec();
            if used > 0 {
                return self.answer(end, used, &answers).await;
            }
        }
        loop {
            self.stream.readable().await?;
            let mut answers = Vec::new();
            let read = SCRATCH.with_borrow_mut(|scratch| {
                let read = match self.stream.try_read(scratch) {
                    Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(None),
                    read => read?,
                };
                if read == 0 {
                    return Ok(Some((Some(Got::Closed(None)), 0)));
                }
                if self.pending.is_empty() {
                    let (used, end) = show(&scratch[..read], &mut seen, &mut answers)?;
                    self.pending.extend_from_slice(&scratch[used..read]);
                    return Ok(Some((end, read)));
                }
                self.pending.extend_from_slice(&scratch[..read]);
                let (used, end) = show(&self.pending, &mut seen, &mut answers)?;
                self.pending.drain(..used);
                if self.pending.is_empty() {
                    // Thousands of sockets: what one of them once needed is given back.
                    self.pending = Vec::new();
                }
                Ok::<_, SocketError>(Some((end, read)))
            })?;
            if let Some((end, read)) = read {
                return self.answer(end, read, &answers).await;
            }
        }
    }

    async fn answer(&self, end: Option<Got>, read: usize, answers: &[u8]) -> Result<Got, SocketError> {
        if !answers.is_empty() {
            self.writer.write(answers).await?;
        }
        Ok(end.unwrap_or(Got::Bytes(read)))
    }
}

/// Shows the whole frames of a buffer: how many bytes they took, and whether one was the end.
fn show(
    buffer: &[u8],
    seen: &mut impl FnMut(&[u8]),
    answers: &mut Vec<u8>,
) -> Result<(usize, Option<Got>), SocketError> {
    let mut used = 0;
    loop {
        match frame::parse(&buffer[used..]) {
            Parsed::Whole(Frame { opcode: kind, last, payload }, taken) => {
                used += taken;
                match kind {
                    opcode::TEXT if last => seen(payload),
                    opcode::PING => answers.extend(frame::masked(opcode::PONG, payload)),
                    opcode::CLOSE => {
                        let code = payload.first_chunk().map(|code| u16::from_be_bytes(*code));
                        return Ok((used, Some(Got::Closed(code))));
                    }
                    opcode::PONG => {}
                    // None of these servers cuts messages into pieces or sends binary ones.
                    _ => return Err(SocketError::Protocol),
                }
            }
            Parsed::Part if buffer.len() - used > MAX_FRAME => return Err(SocketError::Protocol),
            Parsed::Part => return Ok((used, None)),
            Parsed::Invalid => return Err(SocketError::Protocol),
        }
    }
}

async fn connect(opening: &Opening<'_>) -> io::Result<TcpStream> {
    let socket = if let Some(bytes) = opening.receive_buffer {
        let socket = socket2::Socket::new(Domain::for_address(opening.address), Type::STREAM, Some(Protocol::TCP))?;
        socket.set_nonblocking(true)?;
        socket.set_recv_buffer_size(usize::try_from(bytes).unwrap_or(usize::MAX))?;
        TcpSocket::from_std_stream(socket.into())
    } else if opening.address.is_ipv4() {
        TcpSocket::new_v4()?
    } else {
        TcpSocket::new_v6()?
    };
    socket.connect(opening.address).await
}
