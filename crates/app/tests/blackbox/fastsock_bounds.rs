//! What FastSock's clients meet at the edges: more conversations than a connection follows, and addresses of others.

use reqwest::multipart::{Form, Part};
use serde_json::{Value, json};

use crate::fastsock_client::{Person, Sock, To, get};
use crate::support::{Account, Answer, Server, Socket, png};

#[tokio::test]
async fn who_talks_to_more_people_than_a_connection_follows_goes_on_talking() {
    let server = Server::start_with(&[("HALLWAY_LIMITS__ROOMS_PER_CONNECTION", "2")]).await;
    let ann = Person::new(&server, "ann").await;
    let mut others = Vec::new();
    for name in ["bob", "cem", "dee", "eve"] {
        let person = Person::new(&server, name).await;
        let sock = person.connect(&server).await;
        others.push((person, sock));
    }
    let mut sock = ann.connect(&server).await;
    // The first of them again at the end: what was said before does not come once more.
    for (number, at) in [0, 1, 2, 0].into_iter().enumerate() {
        let (person, theirs) = &mut others[at];
        let text = format!("hello {number}");
        sock.send_to(To::User(person.id), &text).await;
        theirs.until_fits("message.receive", |data| data["content"] == text).await;
    }
    // Somebody new.
    let (_, eve) = &mut others[3];
    eve.send_to(To::User(ann.id), "hello 4").await;
    sock.until_fits("message.receive", |data| data["content"] == "hello 4").await;
    sock.fence().await;
    assert_eq!(sock.texts(), ["hello 0", "hello 1", "hello 2", "hello 3", "hello 4"]);
}

async fn upload(server: &Server, person: &Person) -> String {
    let image = Part::bytes(png(30, 20)).file_name("dot.png").mime_str("image/png").expect("a type");
    let upload = server.http.post(server.url("/api/v1/utils/upload")).bearer_auth(&person.token);
    let upload = Answer::of(upload.multipart(Form::new().part("file", image))).await.ok(200);
    upload["url"].as_str().expect("text").to_owned()
}

async fn show(sock: &mut Sock, to: &Person, address: &str) -> (String, String) {
    sock.say_as(To::User(to.id), address, "image", Value::Null);
    let data = sock.until("message.receive").await;
    let field = |name: &str| data[name].as_str().expect("text").to_owned();
    (field("message_type"), field("content"))
}

/// Loading an image tells its host who reads.
#[tokio::test]
async fn where_the_server_knows_its_address_no_image_is_at_another_host() {
    let ours = "https://chat.example.org";
    let server = Server::start_with(&[("HALLWAY_SERVER__PUBLIC_URL", ours)]).await;
    let (ann, bob) = (Person::new(&server, "ann").await, Person::new(&server, "bob").await);
    let mut sock = ann.connect(&server).await;
    let (url, other) = (upload(&server, &ann).await, upload(&server, &ann).await);
    let elsewhere = url.replace(ours, "http://evil.example");
    let is = |kind: &str, content: &str| (kind.to_owned(), content.to_owned());
    assert_eq!(show(&mut sock, &bob, &elsewhere).await, is("image", &url), "its file is shown, from here");
    assert_eq!(show(&mut sock, &bob, &elsewhere).await, is("text", &elsewhere), "another message has the file");
    assert_eq!(show(&mut sock, &bob, &url).await, is("image", &url));
    // From the other API, the address beside the file.
    let id = other.rsplit('/').next().and_then(|name| name.split('-').next()).expect("an id");
    let account = Account { id: ann.id, username: "ann".to_owned(), access: ann.token.clone(), refresh: String::new() };
    let mut native = Socket::native(&server, &account).await;
    native.join("@bob").await;
    native.send(&json!({"type": "chat", "room": "@bob", "message": "http://evil.example/x/static/uploads/y.png?z",
        "attachments": [id.parse::<i64>().expect("a number")]}));
    let data = sock.until("message.receive").await;
    assert_eq!((&data["message_type"], &data["content"]), (&json!("image"), &json!(other)));
    let history = get(&server, &bob, &format!("/chat/history/user/{}", ann.id)).await;
    let contents: Vec<&Value> = history.as_array().expect("a list").iter().map(|it| &it["content"]).collect();
    assert_eq!(contents, [&json!(url), &json!(elsewhere), &json!(url), &json!(other)]);
}
