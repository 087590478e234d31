//! A WebSocket client that keeps every frame and waits for what it is told to.

use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::http::{HeaderName, HeaderValue, Request};
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{WebSocketStream, client_async};

use super::{Account, DEADLINE, Server};

/// One thing that came.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Traffic {
    Frame(Value),
    /// The server's WebSocket ping.
    Ping,
    End(Ended),
}

/// How a connection ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Ended {
    /// A close frame, with code and reason.
    Closed(u16, String),
    /// Without a word.
    Dropped,
}

/// The handshake was answered otherwise.
#[derive(Debug)]
pub(crate) struct Refused {
    pub(crate) status: u16,
    pub(crate) retry_after: Option<String>,
    pub(crate) body: String,
}

/// A connection. A task of its own reads all the time, so that a test that looks elsewhere is not a slow reader.
pub(crate) struct Socket {
    incoming: mpsc::UnboundedReceiver<Traffic>,
    outgoing: mpsc::UnboundedSender<Message>,
    /// Every frame so far, in order.
    pub(crate) seen: Vec<Value>,
}

pub(crate) fn kind(frame: &Value) -> &str {
    frame["type"].as_str().unwrap_or_default()
}

/// The place of a frame in its room's log, if it is one of the log.
pub(crate) fn durable(frame: &Value) -> Option<i64> {
    const OF_THE_LOG: [&str; 9] = [
        "chat",
        "message_updated",
        "message_deleted",
        "reaction",
        "pinned",
        "member_update",
        "member_joined",
        "member_left",
        "room_updated",
    ];
    OF_THE_LOG.contains(&kind(frame)).then(|| frame["seq"].as_i64()).flatten()
}

impl Socket {
    /// As FastRoom's own client connects.
    pub(crate) async fn plain(server: &Server, account: &Account) -> Self {
        let path = format!("/ws?access_token={}", account.access);
        Self::connect(server, &path, &[]).await.expect("the handshake succeeds")
    }

    /// As a client connects that knows Hallway.
    pub(crate) async fn native(server: &Server, account: &Account) -> Self {
        let protocols = format!("hallway.v1, bearer.{}", account.access);
        Self::connect(server, "/ws", &[("sec-websocket-protocol", &protocols)]).await.expect("the handshake succeeds")
    }

    pub(crate) async fn connect(server: &Server, path: &str, headers: &[(&str, &str)]) -> Result<Self, Refused> {
        let stream = TcpStream::connect(&server.address).await.expect("the server listens");
        Ok(Self::over(shake_hands(server, stream, path, headers).await?))
    }

    /// None when the server is going down.
    pub(crate) async fn try_connect(server: &Server, headers: &[(&str, &str)]) -> Option<Self> {
        let stream = TcpStream::connect(&server.address).await.ok()?;
        let request = handshake(server, "/ws", headers);
        let (stream, _) = timeout(DEADLINE, client_async(request, stream)).await.expect("the handshake ends").ok()?;
        Some(Self::over(stream))
    }

    fn over(stream: WebSocketStream<TcpStream>) -> Self {
        let (outgoing, commands) = mpsc::unbounded_channel();
        let (events, incoming) = mpsc::unbounded_channel();
        tokio::spawn(run(stream, commands, events));
        Self { incoming, outgoing, seen: Vec::new() }
    }

    pub(crate) fn send(&self, frame: &Value) {
        self.send_text(frame.to_string());
    }

    pub(crate) fn send_text(&self, text: impl Into<String>) {
        self.send_message(Message::text(text.into()));
    }

    pub(crate) fn send_message(&self, message: Message) {
        // A connection that ended shows that when it is read.
        let _ = self.outgoing.send(message);
    }

    /// The next thing that comes, heartbeats included.
    pub(crate) async fn traffic(&mut self) -> Traffic {
        let next = timeout(DEADLINE, self.incoming.recv()).await;
        let next = next.unwrap_or_else(|_| panic!("nothing came in {DEADLINE:?}; so far: {:#?}", self.last_seen()));
        let next = next.unwrap_or(Traffic::End(Ended::Dropped));
        if let Traffic::Frame(frame) = &next {
            self.seen.push(frame.clone());
        }
        next
    }

    /// The next frame.
    pub(crate) async fn next(&mut self) -> Value {
        loop {
            match self.traffic().await {
                Traffic::Frame(frame) => return frame,
                Traffic::Ping => {}
                Traffic::End(end) => panic!("the connection ended ({end:?}); so far: {:#?}", self.last_seen()),
            }
        }
    }

    /// The next frame, which must be of this type.
    #[track_caller]
    pub(crate) fn expect(&mut self, expected: &'static str) -> impl Future<Output = Value> {
        let location = std::panic::Location::caller();
        async move {
            let frame = self.next().await;
            assert_eq!(kind(&frame), expected, "at {location}: {frame}");
            frame
        }
    }

    /// Skips frames up to one that fits.
    pub(crate) async fn until(&mut self, fits: impl Fn(&Value) -> bool) -> Value {
        loop {
            let frame = self.next().await;
            if fits(&frame) {
                return frame;
            }
        }
    }

    /// Skips frames up to one of this type.
    pub(crate) async fn until_kind(&mut self, expected: &str) -> Value {
        self.until(|frame| kind(frame) == expected).await
    }

    /// What comes until everything that was sent before is answered.
    pub(crate) async fn fence(&mut self) -> Vec<Value> {
        let start = self.seen.len();
        self.send(&json!({"type": "ping"}));
        self.until_kind("pong").await;
        self.seen[start..self.seen.len() - 1].to_vec()
    }

    /// Reads on until the connection ends.
    pub(crate) async fn end(&mut self) -> Ended {
        loop {
            if let Traffic::End(end) = self.traffic().await {
                return end;
            }
        }
    }

    /// Reads on until the connection ends with a close frame; its code.
    pub(crate) async fn close_code(&mut self) -> u16 {
        match self.end().await {
            Ended::Closed(code, _) => code,
            Ended::Dropped => panic!("ended without a close frame; so far: {:#?}", self.last_seen()),
        }
    }

    /// Joins a room and reads up to the end of the answer; all of it.
    pub(crate) async fn join(&mut self, room: &str) -> Vec<Value> {
        let start = self.seen.len();
        self.send(&json!({"type": "join", "room": room}));
        self.until(|frame| kind(frame) == "joined" && frame["room"] == room).await;
        self.fence().await;
        self.seen[start..self.seen.len() - 1].to_vec()
    }

    /// Frames seen of this type.
    pub(crate) fn seen_of(&self, expected: &str) -> Vec<&Value> {
        self.seen.iter().filter(|frame| kind(frame) == expected).collect()
    }

    fn last_seen(&self) -> &[Value] {
        &self.seen[self.seen.len().saturating_sub(8)..]
    }
}

fn handshake(server: &Server, path: &str, headers: &[(&str, &str)]) -> Request<()> {
    let mut request = format!("ws://{}{path}", server.address).into_client_request().expect("a valid address");
    for (name, value) in headers {
        let name = HeaderName::from_bytes(name.as_bytes()).expect("a header name");
        request.headers_mut().insert(name, HeaderValue::from_str(value).expect("a header value"));
    }
    request
}

pub(crate) async fn shake_hands(
    server: &Server,
    stream: TcpStream,
    path: &str,
    headers: &[(&str, &str)],
) -> Result<WebSocketStream<TcpStream>, Refused> {
    let request = handshake(server, path, headers);
    stream.set_nodelay(true).expect("a TCP stream");
    match timeout(DEADLINE, client_async(request, stream)).await.expect("the handshake ends") {
        Ok((stream, _)) => Ok(stream),
        Err(Error::Http(response)) => Err(Refused {
            status: response.status().as_u16(),
            retry_after: response.headers().get("retry-after").and_then(|v| v.to_str().ok()).map(str::to_owned),
            body: response.body().as_deref().map(|body| String::from_utf8_lossy(body).into_owned()).unwrap_or_default(),
        }),
        Err(error) => panic!("the handshake failed: {error}"),
    }
}

async fn run(
    mut stream: WebSocketStream<TcpStream>,
    mut commands: mpsc::UnboundedReceiver<Message>,
    events: mpsc::UnboundedSender<Traffic>,
) {
    let mut end = Ended::Dropped;
    loop {
        tokio::select! {
            command = commands.recv() => {
                let Some(message) = command else {
                    // The test has let go: close as a page does that is left.
                    let _ = timeout(Duration::from_secs(1), stream.close(None)).await;
                    break;
                };
                if stream.send(message).await.is_err() {
                    break;
                }
            }
            message = stream.next() => match message {
                Some(Ok(Message::Text(text))) => {
                    let frame = serde_json::from_str(&text).expect("frames are JSON");
                    let _ = events.send(Traffic::Frame(frame));
                }
                Some(Ok(Message::Ping(_))) => {
                    let _ = events.send(Traffic::Ping);
                    let _ = stream.flush().await;
                }
                Some(Ok(Message::Close(Some(close)))) => {
                    end = Ended::Closed(close.code.into(), close.reason.to_string());
                    let _ = stream.flush().await;
                }
                Some(Ok(Message::Close(None))) => end = Ended::Closed(1005, String::new()),
                Some(Ok(_)) => {}
                Some(Err(_)) | None => break,
            },
        }
    }
    let _ = events.send(Traffic::End(end));
}
