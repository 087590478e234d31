//! A client that sends exactly what FastSock's web client sends, and reads what that reads.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Answer, DEADLINE, Server, Socket};

/// Somebody who signed up by an address.
#[derive(Clone)]
pub(crate) struct Person {
    pub(crate) id: i64,
    pub(crate) email: String,
    pub(crate) token: String,
}

pub(crate) const PASSWORD: &str = "correct horse battery";

/// A request as the person; `None` is nobody.
pub(crate) async fn call(
    server: &Server,
    person: Option<&Person>,
    method: Method,
    path: &str,
    body: Option<Value>,
) -> Answer {
    let mut request = server.http.request(method, server.url(&format!("/api/v1{path}")));
    if let Some(person) = person {
        request = request.bearer_auth(&person.token);
    }
    if let Some(body) = body {
        request = request.json(&body);
    }
    Answer::of(request).await
}

pub(crate) async fn get(server: &Server, person: &Person, path: &str) -> Value {
    call(server, Some(person), Method::GET, path, None).await.ok(200)
}

pub(crate) async fn sign_up(server: &Server, email: &str, full_name: Option<&str>) -> Answer {
    let body = json!({"email": email, "password": PASSWORD, "full_name": full_name});
    call(server, None, Method::POST, "/auth/signup", Some(body)).await
}

pub(crate) async fn log_in(server: &Server, username: &str, password: &str) -> Answer {
    let form = [("username", username), ("password", password)];
    Answer::of(server.http.post(server.url("/api/v1/auth/login/access-token")).form(&form)).await
}

impl Person {
    /// Signs up and in.
    pub(crate) async fn new(server: &Server, name: &str) -> Self {
        let email = format!("{name}@example.org");
        let user = sign_up(server, &email, Some(&format!("{name} X."))).await.ok(200);
        let token = log_in(server, &email, PASSWORD).await.ok(200)["access_token"].as_str().expect("text").to_owned();
        Self { id: user["id"].as_i64().expect("a number"), email, token }
    }

    pub(crate) async fn connect(&self, server: &Server) -> Sock {
        let path = format!("/api/v1/ws/chat?token={}", self.token);
        let mut sock = Sock(Socket::connect(server, &path, &[]).await.expect("the handshake succeeds"));
        let first = sock.next().await;
        assert_eq!(first, json!({"event": "presence.update", "data": {"user_id": self.id, "status": "online"}}));
        sock
    }
}

/// A room of the person with the others.
pub(crate) async fn room(server: &Server, person: &Person, name: &str, others: &[&Person]) -> i64 {
    let ids: Vec<i64> = others.iter().map(|other| other.id).collect();
    let body = json!({"name": name, "member_ids": ids});
    let room = call(server, Some(person), Method::POST, "/chat/rooms", Some(body)).await.ok(200);
    assert_eq!(room["is_group"], true);
    room["id"].as_i64().expect("a number")
}

/// A socket of FastSock's client.
pub(crate) struct Sock(pub(crate) Socket);

pub(crate) fn event(frame: &Value) -> &str {
    frame["event"].as_str().unwrap_or_default()
}

impl Sock {
    #[expect(clippy::needless_pass_by_value, reason = "so that callers write it in place")]
    pub(crate) fn send(&self, event: &str, data: Value) {
        self.0.send(&json!({"event": event, "data": data}));
    }

    /// A message as the web client sends it.
    pub(crate) fn say(&self, to: To, content: &str) {
        self.say_as(to, content, "text", Value::Null);
    }

    #[expect(clippy::needless_pass_by_value, reason = "so that callers write it in place")]
    pub(crate) fn say_as(&self, to: To, content: &str, kind: &str, reply_to: Value) {
        let (receiver, room) = match to {
            To::User(id) => (json!(id), Value::Null),
            To::Room(id) => (Value::Null, json!(id)),
        };
        let data = json!({"content": content, "receiver_id": receiver, "room_id": room, "message_type": kind,
                          "reply_to": reply_to});
        self.send("message.send", data);
    }

    pub(crate) async fn next(&mut self) -> Value {
        self.0.next().await
    }

    /// Skips events up to one of this name; its data.
    pub(crate) async fn until(&mut self, name: &str) -> Value {
        let frame = self.0.until(|frame| event(frame) == name).await;
        frame["data"].clone()
    }

    /// Skips events up to one of this name whose data fits.
    pub(crate) async fn until_fits(&mut self, name: &str, fits: impl Fn(&Value) -> bool) -> Value {
        let frame = self.0.until(|frame| event(frame) == name && fits(&frame["data"])).await;
        frame["data"].clone()
    }

    /// Sends a message, and reads up to its ack; its number. The message itself must come after that.
    pub(crate) async fn send_to(&mut self, to: To, content: &str) -> i64 {
        let start = self.0.seen.len();
        self.say(to, content);
        let ack = self.until("message.ack").await;
        let id = ack["message_id"].as_i64().expect("a number");
        let early =
            self.0.seen[start..].iter().any(|frame| event(frame) == "message.receive" && frame["data"]["id"] == id);
        assert!(!early, "the message came before its ack");
        assert_eq!(self.until_fits("message.receive", |data| data["id"] == id).await["content"], content);
        id
    }

    /// What comes until everything that was sent before is dealt with.
    pub(crate) async fn fence(&mut self) -> Vec<Value> {
        let start = self.0.seen.len();
        self.0.send_text("no event");
        self.0.until(|frame| frame["error"] == "Invalid JSON format").await;
        self.0.seen[start..self.0.seen.len() - 1].to_vec()
    }

    /// Messages received so far, by their texts.
    pub(crate) fn texts(&self) -> Vec<&str> {
        let received = self.0.seen.iter().filter(|frame| event(frame) == "message.receive");
        received.map(|frame| frame["data"]["content"].as_str().expect("text")).collect()
    }

    pub(crate) fn seen(&self, name: &str) -> Vec<&Value> {
        self.0.seen.iter().filter(|frame| event(frame) == name).map(|frame| &frame["data"]).collect()
    }

    pub(crate) async fn close_code(&mut self) -> u16 {
        self.0.close_code().await
    }
}

/// Whom a message is for.
#[derive(Clone, Copy)]
pub(crate) enum To {
    User(i64),
    Room(i64),
}

/// Polls REST until it shows what is expected.
pub(crate) async fn eventually_gets(
    server: &Server,
    person: &Person,
    path: &str,
    fits: impl Fn(&Value) -> bool,
) -> Value {
    let deadline = std::time::Instant::now() + DEADLINE;
    loop {
        let found = get(server, person, path).await;
        if fits(&found) {
            return found;
        }
        assert!(std::time::Instant::now() < deadline, "{path} stays {found}");
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
}
