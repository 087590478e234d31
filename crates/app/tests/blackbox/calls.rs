//! Calls between real connections, in either dialect. No media: descriptions and candidates are what browsers send.

use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::fastsock_client::{Person, Sock, To, call, get};
use crate::fastsock_nodes::Nodes;
use crate::support::{Account, Server, Socket};

pub(crate) fn description(kind: &str) -> Value {
    let sdp = "v=0\r\no=- 1 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=fingerprint:sha-256 AA:BB\r\na=ice-ufrag:abcd\r\n\
               m=audio 9 UDP/TLS/RTP/SAVPF 111\r\n";
    json!({"type": kind, "sdp": sdp})
}

fn candidate(number: u32) -> Value {
    let line = format!("candidate:{number} 1 udp 2122260223 192.0.2.7 {} typ host generation 0", 50_000 + number);
    json!({"candidate": line, "sdpMid": "0", "sdpMLineIndex": 0})
}

fn invite(call: &str, to: i64) -> Value {
    json!({"call_id": call, "to_user_id": to, "sdp_offer": description("offer"), "media": {"audio": true, "video": true}})
}

fn accept(call: &str, to: i64) -> Value {
    json!({"call_id": call, "to_user_id": to, "sdp_answer": description("answer"), "media": {"audio": true, "video": false}})
}

fn name() -> String {
    Uuid::new_v4().to_string()
}

/// Two who have talked, each connected to a server.
async fn friends(one: &Server, other: &Server) -> (Person, Sock, Person, Sock) {
    let (ann, bob) = (Person::new(one, "ann").await, Person::new(one, "bob").await);
    let mut ann_sock = ann.connect(one).await;
    let mut bob_sock = bob.connect(other).await;
    ann_sock.send_to(To::User(bob.id), "hello").await;
    bob_sock.until("message.receive").await;
    (ann, ann_sock, bob, bob_sock)
}

/// Is told once, and the call of its name.
async fn told(sock: &mut Sock, event: &str, call: &str) -> Value {
    sock.until_fits(event, |data| data["call_id"] == call).await
}

/// A whole call: rings, candidates both ways, answered, hung up.
async fn whole(one: &Server, other: &Server) {
    let (ann, mut caller, bob, mut friend) = friends(one, other).await;
    let id = name();
    // Browsers have candidates before the page has sent its invitation.
    caller.send("call.ice", json!({"call_id": id, "to_user_id": bob.id, "candidate": candidate(1)}));
    caller.send("call.invite", invite(&id, bob.id));
    let rings = told(&mut friend, "call.invite", &id).await;
    assert_eq!(rings["from_user_id"], ann.id);
    assert_eq!((&rings["sdp_offer"], &rings["media"]), (&description("offer"), &json!({"audio": true, "video": true})));
    let early = told(&mut friend, "call.ice", &id).await;
    assert_eq!(
        (&early["candidate"]["candidate"], &early["from_user_id"]),
        (&candidate(1)["candidate"], &json!(ann.id))
    );
    // Those of the callee wait for the answer.
    friend.send("call.ice", json!({"call_id": id, "to_user_id": ann.id, "candidate": candidate(2)}));
    friend.send("call.accept", accept(&id, ann.id));
    let answered = told(&mut caller, "call.accept", &id).await;
    assert_eq!((&answered["sdp_answer"], &answered["from_user_id"]), (&description("answer"), &json!(bob.id)));
    assert_eq!(told(&mut caller, "call.ice", &id).await["candidate"]["sdpMLineIndex"], 0);
    caller.send("call.ice", json!({"call_id": id, "to_user_id": bob.id, "candidate": candidate(3)}));
    told(&mut friend, "call.ice", &id).await;
    friend.send("call.hangup", json!({"call_id": id, "to_user_id": ann.id}));
    assert_eq!(told(&mut caller, "call.hangup", &id).await["reason"], "hangup");
    // Both clients tear down, and say so again.
    caller.send("call.hangup", json!({"call_id": id, "to_user_id": bob.id}));
    caller.send("call.ice", json!({"call_id": id, "to_user_id": bob.id, "candidate": candidate(4)}));
    caller.fence().await;
    friend.fence().await;
    for sock in [&caller, &friend] {
        assert_eq!(sock.seen("call.error"), [&Value::Null; 0]);
    }
    assert_eq!(friend.seen("call.hangup"), [&Value::Null; 0], "who hung up is not told");

    // Declined.
    let id = name();
    caller.send("call.invite", invite(&id, bob.id));
    told(&mut friend, "call.invite", &id).await;
    friend.send("call.reject", json!({"call_id": id, "to_user_id": ann.id}));
    told(&mut caller, "call.reject", &id).await;
    // Busy.
    let id = name();
    friend.send("call.invite", invite(&id, ann.id));
    told(&mut caller, "call.invite", &id).await;
    caller.send("call.busy", json!({"call_id": id, "to_user_id": bob.id}));
    told(&mut friend, "call.busy", &id).await;

    for (server, person, directions) in [(one, &ann, ["incoming", "outgoing"]), (other, &bob, ["outgoing", "incoming"])]
    {
        let history = get(server, person, "/calls").await;
        let items = history["items"].as_array().expect("a list");
        let told: Vec<_> = items.iter().map(|item| (item["direction"].as_str(), item["outcome"].as_str())).collect();
        let busy = if directions[0] == "incoming" { "missed" } else { "busy" };
        let (last, first) = (Some(directions[0]), Some(directions[1]));
        assert_eq!(told, [(last, Some(busy)), (first, Some("declined")), (first, Some("completed"))]);
        let page = get(server, person, "/calls?limit=2").await;
        let rest =
            get(server, person, &format!("/calls?limit=2&cursor={}", page["next_cursor"].as_str().expect("more")))
                .await;
        assert_eq!((rest["items"].as_array().map(Vec::len), &rest["next_cursor"]), (Some(1), &Value::Null));
    }
}

#[tokio::test]
async fn two_of_fastsocks_clients_talk() {
    let server = Server::start().await;
    whole(&server, &server).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_of_fastsocks_clients_talk_over_two_nodes() {
    let nodes = Nodes::start().await;
    whole(&nodes.one, &nodes.other).await;
}

#[tokio::test]
async fn fastsocks_texts_are_the_recorded_ones() {
    let server = Server::start().await;
    let (ann, mut caller, bob, mut friend) = friends(&server, &server).await;
    let eve = Person::new(&server, "eve").await;
    let mut stranger = eve.connect(&server).await;
    let id = name();
    let refused = async |sock: &mut Sock, event: &str, data: Value| {
        sock.send(event, data);
        let error = sock.until("call.error").await;
        assert_eq!(error["context_event"], event);
        error["message"].as_str().expect("text").to_owned()
    };
    assert_eq!(refused(&mut caller, "call.invite", json!({})).await, "Invalid call payload");
    assert_eq!(refused(&mut caller, "call.invite", json!({"call_id": id})).await, "Missing call recipient");
    assert_eq!(refused(&mut caller, "call.accept", json!({"to_user_id": bob.id})).await, "Missing call_id");
    assert_eq!(refused(&mut caller, "call.accept", accept(&id, bob.id)).await, "Unknown call");
    caller.send("call.invite", invite(&id, bob.id));
    told(&mut friend, "call.invite", &id).await;
    assert_eq!(refused(&mut stranger, "call.invite", invite(&name(), bob.id)).await, "Not allowed to call this user");
    assert_eq!(refused(&mut stranger, "call.accept", accept(&id, ann.id)).await, "Not authorized for this call");
    assert_eq!(refused(&mut caller, "call.invite", invite(&name(), bob.id)).await, "Call already exists");
    assert_eq!(
        refused(&mut caller, "call.accept", accept(&id, bob.id)).await,
        "Not authorized for this call",
        "one's own"
    );
    caller.send("call.invite", invite(&id, bob.id));
    assert_eq!(caller.until("call.error").await["message"], "Call already exists");
    assert_eq!(refused(&mut caller, "call.invite", invite(&name(), bob.id)).await, "Too many call invites");
    // Nothing of a stranger's touches the call.
    for event in ["call.hangup", "call.reject", "call.busy", "call.ice"] {
        stranger.send(event, json!({"call_id": id, "to_user_id": ann.id, "candidate": candidate(1)}));
    }
    stranger.fence().await;
    friend.send("call.accept", accept(&id, ann.id));
    told(&mut caller, "call.accept", &id).await;
}

/// A page that knows Hallway, on a device that it names.
async fn page(server: &Server, account: &Account, device: Uuid) -> Socket {
    let protocols = format!("hallway.v1, bearer.{}", account.access);
    let path = format!("/ws?device_id={device}");
    let mut socket = Socket::connect(server, &path, &[("sec-websocket-protocol", &protocols)]).await.expect("connects");
    socket.until_kind("system").await;
    socket
}

fn framed(kind: &str, mut data: Value) -> Value {
    data["type"] = json!(kind);
    data
}

/// Answered elsewhere, reloaded, hung up: by FastSock's client, and by two devices that know Hallway.
async fn across_dialects(one: &Server, other: &Server) {
    let ann = Person::new(one, "ann").await;
    let bob = other.account("bob").await;
    let mut caller = ann.connect(one).await;
    caller.send_to(To::User(bob.id), "hello").await;
    let (desk_id, pocket_id) = (Uuid::new_v4(), Uuid::new_v4());
    let mut desk = page(other, &bob, desk_id).await;
    let mut pocket = page(one, &bob, pocket_id).await;
    let id = name();
    caller.send("call.invite", invite(&id, bob.id));
    for device in [&mut desk, &mut pocket] {
        let rings = device.until_kind("call.invite").await;
        assert_eq!(
            (&rings["call_id"], &rings["from_user_id"], &rings["state"]),
            (&json!(id), &json!(ann.id), &json!("ringing"))
        );
        assert!(rings["expires_at"].is_string() && rings["sdp_offer"]["type"] == "offer", "{rings}");
    }
    desk.send(&framed("call.ringing", json!({"call_id": id})));
    told(&mut caller, "call.ringing", &id).await;
    desk.send(&framed("call.accept", accept(&id, ann.id)));
    told(&mut caller, "call.accept", &id).await;
    assert_eq!(pocket.until_kind("call.hangup").await["reason"], "answered_elsewhere");
    pocket.send(&framed("call.accept", accept(&id, ann.id)));
    assert_eq!(pocket.until_kind("call.error").await["code"], "already_answered");
    desk.send(&framed("call.ice", json!({"call_id": id, "candidates": [candidate(1), candidate(2)]})));
    for number in [1, 2] {
        let told = told(&mut caller, "call.ice", &id).await;
        assert_eq!(told["candidate"]["candidate"], candidate(number)["candidate"], "one at a time");
    }
    caller.send("call.ice", json!({"call_id": id, "to_user_id": bob.id, "candidate": candidate(3)}));
    assert_eq!(desk.until_kind("call.ice").await["candidates"][0]["candidate"], candidate(3)["candidate"]);

    // The page is loaded again, at another node.
    drop(desk);
    told(&mut caller, "call.reconnecting", &id).await;
    let mut desk = page(one, &bob, desk_id).await;
    let sync = desk.until_kind("call.sync").await;
    assert_eq!((&sync["call_id"], &sync["state"], &sync["epoch"]), (&json!(id), &json!("reconnecting"), &json!(0)));
    let again = json!({"call_id": id, "base_epoch": 0, "sdp_offer": description("offer")});
    desk.send(&framed("call.rejoin", again));
    let rejoined = told(&mut caller, "call.rejoin", &id).await;
    assert_eq!((&rejoined["epoch"], &rejoined["sdp_offer"]), (&json!(1), &description("offer")));
    caller.send("call.negotiate", json!({"call_id": id, "epoch": 1, "sdp_answer": description("answer")}));
    assert_eq!(desk.until_kind("call.negotiate").await["sdp_answer"], description("answer"));
    caller.send("call.hangup", json!({"call_id": id, "to_user_id": bob.id}));
    assert_eq!(desk.until_kind("call.hangup").await["state"], "ended");

    // And the other way round.
    let id = name();
    desk.send(&framed("call.invite", invite(&id, ann.id)));
    told(&mut caller, "call.invite", &id).await;
    caller.send("call.accept", accept(&id, bob.id));
    assert_eq!(desk.until_kind("call.accept").await["call_id"], json!(id));
    // A block in the middle ends it for both, and does not say why.
    let block = other.put(&bob, &format!("/api/v1/users/{}/block", ann.id)).await;
    assert!(block.status < 300, "{} {}", block.status, block.body);
    assert_eq!(told(&mut caller, "call.hangup", &id).await["reason"], "ended");
    assert_eq!(desk.until_kind("call.hangup").await["reason"], "ended");
}

#[tokio::test]
async fn either_dialect_calls_the_other() {
    let server = Server::start().await;
    across_dialects(&server, &server).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn either_dialect_calls_the_other_over_two_nodes() {
    let nodes = Nodes::start().await;
    across_dialects(&nodes.one, &nodes.other).await;
}

#[tokio::test]
async fn ringing_ends_by_itself() {
    let server = Server::start_with(&[("HALLWAY_CALLS__RING_SECONDS", "5")]).await;
    let (ann, mut caller, bob, mut friend) = friends(&server, &server).await;
    let id = name();
    caller.send("call.invite", invite(&id, bob.id));
    told(&mut friend, "call.invite", &id).await;
    for sock in [&mut caller, &mut friend] {
        assert_eq!(told(sock, "call.hangup", &id).await["reason"], "timeout");
    }
    caller.send("call.invite", invite(&id, bob.id));
    assert_eq!(caller.until("call.error").await["message"], "Call already exists", "an id is used once");
    for person in [&ann, &bob] {
        assert_eq!(get(&server, person, "/calls").await["items"][0]["outcome"], "missed");
    }
}

#[tokio::test]
async fn of_two_that_call_at_once_one_rings() {
    let server = Server::start().await;
    let (ann, mut one, bob, mut other) = friends(&server, &server).await;
    let (first, second) = (name(), name());
    one.send("call.invite", invite(&first, bob.id));
    told(&mut other, "call.invite", &first).await;
    other.send("call.invite", invite(&second, ann.id));
    // What its client says by itself, because it shows a call.
    other.send("call.busy", json!({"call_id": first, "to_user_id": ann.id}));
    let error = told(&mut other, "call.error", &second).await;
    assert_eq!((&error["code"], &error["winning_call_id"]), (&json!("glare"), &json!(first)));
    let rings = told(&mut other, "call.invite", &first).await;
    assert_eq!(rings["glare"], true);
    other.send("call.accept", accept(&first, ann.id));
    told(&mut one, "call.accept", &first).await;
    assert_eq!(one.seen("call.busy"), [&Value::Null; 0]);
}

#[tokio::test]
async fn browsers_are_told_of_the_operators_servers_alone() {
    let server = Server::start().await;
    let ann = Person::new(&server, "ann").await;
    assert_eq!(get(&server, &ann, "/webrtc/ice-servers").await, json!({"ice_servers": []}));
    assert_eq!(call(&server, None, Method::GET, "/webrtc/ice-servers", None).await.status, 401);
    let settings = [
        ("WEBRTC_ICE_SERVERS_JSON", r#"[{"urls":"stun:stun.example.org"}]"#),
        ("HALLWAY_CALLS__TURN_URLS", "turn:turn.example.org:3478?transport=udp"),
        ("HALLWAY_CALLS__TURN_SECRETS", "north, and the old one"),
        ("HALLWAY_CALLS__RELAY_ONLY", "true"),
    ];
    let server = Server::start_with(&settings).await;
    let ann = Person::new(&server, "ann").await;
    let answer = call(&server, Some(&ann), Method::GET, "/webrtc/ice-servers", None).await;
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    let told = answer.ok(200);
    assert_eq!(told["ice_servers"][0], json!({"urls": "stun:stun.example.org"}));
    assert_eq!((&told["ttl"], &told["ice_transport_policy"]), (&json!(600), &json!("relay")));
    let relay = &told["ice_servers"][1];
    let username = relay["username"].as_str().expect("text");
    assert!(username.ends_with(&format!(":{}", ann.id)), "{relay}");
    assert_eq!(relay["credential"].as_str().map(str::len), Some(28), "the base64 of 20 bytes");
}
