//! The whole flow of FastSock's web client: two people with two sockets each, on one server or on two nodes.

use reqwest::Method;
use reqwest::multipart::{Form, Part};
use serde_json::{Value, json};

use crate::fastsock_client::{Person, Sock, To, call, event, eventually_gets, get, room};
use crate::support::{Answer, Server};

/// Two people, each with a socket on either node.
struct Cast<'a> {
    nodes: [&'a Server; 2],
    ann: Person,
    bob: Person,
    /// Ann's two, then Bob's.
    socks: [Sock; 4],
}

const ANN: usize = 0;
const BOB: usize = 2;

pub(crate) async fn whole(one: &Server, other: &Server) {
    let mut cast = Cast::new(one, other).await;
    let first = cast.direct().await;
    cast.typing().await;
    cast.receipts(first).await;
    cast.reactions(first).await;
    cast.edits(first).await;
    cast.images().await;
    cast.group().await;
    cast.deletes().await;
    cast.presence().await;
    cast.everybody_got_everything_once().await;
}

impl<'a> Cast<'a> {
    async fn new(one: &'a Server, other: &'a Server) -> Self {
        let ann = Person::new(one, "ann").await;
        let mut early = ann.connect(one).await;
        let bob = Person::new(other, "bob").await;
        let created = early.until("user.created").await;
        assert_eq!(created, json!({"email": "", "full_name": "bob X.", "is_active": true, "id": bob.id}));
        let socks = [early, ann.connect(other).await, bob.connect(other).await, bob.connect(one).await];
        Self { nodes: [one, other], ann, bob, socks }
    }

    /// The data of an event that all four sockets get.
    async fn all(&mut self, name: &str, fits: impl Fn(&Value) -> bool + Copy) -> Value {
        let mut found = Value::Null;
        for sock in &mut self.socks {
            found = sock.until_fits(name, fits).await;
        }
        found
    }

    async fn direct(&mut self) -> i64 {
        let id = self.socks[ANN].send_to(To::User(self.bob.id), "hello bob").await;
        for at in 1..4 {
            let received = self.socks[at].until_fits("message.receive", |data| data["id"] == id).await;
            let expected = json!({"id": id, "content": "hello bob", "sender_id": self.ann.id, "receiver_id": self.bob.id,
                                  "room_id": null, "message_type": "text", "timestamp": received["timestamp"]});
            assert_eq!(received, expected);
            assert!(received["timestamp"].as_str().expect("text").ends_with('Z'));
        }
        let unread =
            eventually_gets(self.nodes[1], &self.bob, "/chat/unread", |unread| unread["users"] != json!({})).await;
        assert_eq!(unread, json!({"users": {self.ann.id.to_string(): 1}, "rooms": {}}));
        assert_eq!(get(self.nodes[0], &self.ann, "/chat/unread").await, json!({"users": {}, "rooms": {}}));
        let path = format!("/chat/history/user/{}", self.ann.id);
        let history = get(self.nodes[1], &self.bob, &path).await;
        assert_eq!(history.as_array().expect("a list").len(), 1);
        assert_eq!((&history[0]["id"], &history[0]["is_read"]), (&json!(id), &json!(false)));
        id
    }

    async fn typing(&mut self) {
        for (name, word) in [("typing.start", "start"), ("typing.stop", "stop")] {
            self.socks[ANN].send(name, json!({"receiver_id": self.bob.id}));
            let told = self.all(name, |_| true).await;
            assert_eq!(told, json!({"sender_id": self.ann.id, "receiver_id": self.bob.id}), "{word}");
        }
    }

    async fn receipts(&mut self, id: i64) {
        let delivered = json!({"message_id": id, "sender_id": self.ann.id});
        self.socks[BOB].send("message.delivered", delivered);
        let told = self.all("message.delivery_receipt", |_| true).await;
        assert_eq!((&told["message_id"], &told["receiver_id"]), (&json!(id), &json!(self.ann.id)));
        // The web client reads first and has received afterwards: that must not go back.
        self.socks[BOB].send("message.read", json!({"message_id": id, "sender_id": self.ann.id, "room_id": null}));
        self.socks[BOB].send("message.delivered", json!({"message_id": id, "sender_id": self.ann.id}));
        let told = self.all("message.read_receipt", |_| true).await;
        assert_eq!(
            (&told["message_id"], &told["receiver_id"], &told["reader_id"]),
            (&json!(id), &json!(self.ann.id), &json!(self.bob.id))
        );
        let path = format!("/chat/history/user/{}", self.bob.id);
        eventually_gets(self.nodes[0], &self.ann, &path, |page| page[0]["is_read"] == true).await;
        eventually_gets(self.nodes[0], &self.bob, "/chat/unread", |unread| unread["users"] == json!({})).await;
    }

    async fn reactions(&mut self, id: i64) {
        let (ann, bob) = (self.ann.id.to_string(), self.bob.id.to_string());
        self.socks[BOB].send("message.reaction", json!({"message_id": id, "emoji": "🎉"}));
        self.all("message.reaction", |data| data["reactions"] == json!({"🎉": [bob]})).await;
        self.socks[ANN].send("message.reaction", json!({"message_id": id, "emoji": "🎉"}));
        self.all("message.reaction", |data| data["reactions"] == json!({"🎉": [bob, ann]})).await;
        self.socks[BOB].send("message.reaction", json!({"message_id": id, "emoji": "🎉"}));
        self.all("message.reaction", |data| data["reactions"] == json!({"🎉": [ann]})).await;
        let history = get(self.nodes[1], &self.bob, &format!("/chat/history/user/{}", self.ann.id)).await;
        assert_eq!(history[0]["reactions"], json!({"🎉": [ann]}));
    }

    async fn edits(&mut self, id: i64) {
        let path = format!("/chat/messages/{id}");
        let edited = call(self.nodes[1], Some(&self.ann), Method::PUT, &path, Some(json!({"content": "hello Bob"})));
        let edited = edited.await.ok(200);
        assert_eq!(
            (&edited["id"], &edited["content"], &edited["is_read"]),
            (&json!(id), &json!("hello Bob"), &json!(true))
        );
        let told = self.all("message.update", |_| true).await;
        let expected = json!({"id": id, "content": "hello Bob", "room_id": null, "sender_id": self.ann.id,
                              "receiver_id": self.bob.id});
        assert_eq!(told, expected);
        let answer = self.socks[BOB].0.seen.len();
        self.socks[BOB].say_as(To::User(self.ann.id), "an answer", "text", json!(id));
        let received = self.all("message.receive", |data| data["content"] == "an answer").await;
        assert_eq!(received["reply_to"], id);
        assert!(self.socks[BOB].0.seen.len() > answer);
    }

    async fn images(&mut self) {
        let image = Part::bytes(png()).file_name("dot.png").mime_str("image/png").expect("a type");
        let upload = self.nodes[0].http.post(self.nodes[0].url("/api/v1/utils/upload")).bearer_auth(&self.bob.token);
        let upload = Answer::of(upload.multipart(Form::new().part("file", image))).await.ok(200);
        let url = upload["url"].as_str().expect("text").to_owned();
        assert!(url.starts_with("http://127.0.0.1:"), "{url}");
        self.socks[BOB].say_as(To::User(self.ann.id), &url, "image", Value::Null);
        let received = self.all("message.receive", |data| data["message_type"] == "image").await;
        assert_eq!(received["content"], url);
        let shown = self.nodes[0].http.get(&url).send().await.expect("the server answers");
        assert_eq!(shown.status(), 200);
        assert!(shown.headers()["content-type"].to_str().expect("text").starts_with("image/"));
        let history = get(self.nodes[1], &self.ann, &format!("/chat/history/user/{}", self.bob.id)).await;
        let last = history.as_array().and_then(|page| page.last()).expect("a message");
        assert_eq!((&last["message_type"], &last["content"]), (&json!("image"), &json!(url)));
    }

    async fn group(&mut self) {
        let id = room(self.nodes[0], &self.ann, "Team", &[&self.bob]).await;
        let created = self.all("room.created", |_| true).await;
        assert_eq!(created, json!({"id": id, "name": "Team", "is_group": true}));
        let message = self.socks[BOB].send_to(To::Room(id), "hello all").await;
        for at in [ANN, ANN + 1, BOB + 1] {
            let received = self.socks[at].until_fits("message.receive", |data| data["id"] == message).await;
            assert_eq!((&received["room_id"], &received["receiver_id"]), (&json!(id), &Value::Null));
        }
        let rooms = |count: Value| json!({"users": {self.bob.id.to_string(): 2}, "rooms": count});
        let expected = rooms(json!({id.to_string(): 1}));
        eventually_gets(self.nodes[1], &self.ann, "/chat/unread", |unread| *unread == expected).await;
        // What the web client sends when a room is opened.
        self.socks[ANN].send("message.read", json!({"room_id": id}));
        let expected = rooms(json!({}));
        eventually_gets(self.nodes[0], &self.ann, "/chat/unread", |unread| *unread == expected).await;
        let told = self.all("message.read_receipt", |data| data["message_id"] == message).await;
        assert_eq!((&told["receiver_id"], &told["reader_id"]), (&json!(self.bob.id), &json!(self.ann.id)));
        let history = get(self.nodes[0], &self.bob, &format!("/chat/history/room/{id}?skip=0&limit=50")).await;
        assert_eq!((&history[0]["content"], &history[0]["is_read"]), (&json!("hello all"), &json!(true)));
        self.socks[ANN].send("typing.start", json!({"receiver_id": null, "room_id": id}));
        let typing = self.all("typing.start", |data| data["room_id"] == id).await;
        assert_eq!(typing["sender_id"], self.ann.id);
    }

    async fn deletes(&mut self) {
        let id = self.socks[ANN].send_to(To::User(self.bob.id), "a mistake").await;
        let path = format!("/chat/messages/{id}");
        call(self.nodes[0], Some(&self.bob), Method::DELETE, &path, None)
            .await
            .refused(403, "Not authorized to delete this message");
        call(self.nodes[0], Some(&self.bob), Method::PUT, &path, Some(json!({"content": "mine"})))
            .await
            .refused(403, "Not authorized to edit this message");
        let deleted = call(self.nodes[0], Some(&self.ann), Method::DELETE, &path, None).await.ok(200);
        assert_eq!(deleted, json!({"ok": true}));
        let told = self.all("message.delete", |_| true).await;
        let expected = json!({"id": id, "room_id": null, "sender_id": self.ann.id, "receiver_id": self.bob.id});
        assert_eq!(told, expected);
        call(self.nodes[1], Some(&self.ann), Method::DELETE, &path, None).await.refused(404, "Message not found");
        call(self.nodes[1], Some(&self.ann), Method::DELETE, "/chat/messages/999999", None)
            .await
            .refused(404, "Message not found");
    }

    async fn presence(&mut self) {
        // A newcomer who shares nothing with anybody sees nobody, and nobody sees the newcomer.
        let eve = Person::new(self.nodes[0], "eve").await;
        let mut lonely = eve.connect(self.nodes[0]).await;
        lonely.fence().await;
        assert_eq!(lonely.seen("presence.update").len(), 1, "{:?}", lonely.0.seen);
        // One more socket of somebody sees who is there.
        let mut third = self.ann.connect(self.nodes[1]).await;
        let seen = third.until("presence.update").await;
        assert_eq!(seen, json!({"user_id": self.bob.id, "status": "online"}));
        drop(lonely);
    }

    async fn everybody_got_everything_once(&mut self) {
        let mut all: Vec<Vec<String>> = Vec::new();
        for sock in &mut self.socks {
            sock.fence().await;
            all.push(sock.texts().into_iter().map(str::to_owned).collect());
        }
        for texts in &all {
            assert_eq!(texts, &all[0]);
        }
        let mut distinct = all[0].clone();
        distinct.sort_unstable();
        distinct.dedup();
        assert_eq!(distinct.len(), all[0].len(), "{:?}", all[0]);
        assert!(self.socks.iter().all(|sock| sock.0.seen.iter().all(|frame| event(frame) != "message.error")));
    }
}

/// One red dot.
fn png() -> Vec<u8> {
    const DOT: &str = "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c4944415478da63f8cf\
                       c0000003010100f70341430000000049454e44ae426082";
    let digits: Vec<u8> = DOT.bytes().filter(u8::is_ascii_hexdigit).collect();
    digits
        .chunks(2)
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).expect("ASCII"), 16).expect("hex"))
        .collect()
}
