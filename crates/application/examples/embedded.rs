//! A room inside another program: SQLite, the adapters of a single process, and no web server.
//!
//! ```sh
//! cargo run -p hallway-application --example embedded
//! ```

use std::error::Error;
use std::path::Path;
use std::sync::{Arc, mpsc};

use hallway_adapter_auth::{Argon2Hasher, JwtTokens, TotpCodes};
use hallway_adapter_local::{LocalBus, LocalPresence, LocalRateLimiter, LocalTickets, SystemClock, SystemIds};
use hallway_adapter_sql::{SqlOptions, SqlStore, sqlite_url};
use hallway_application::{Application, CreateRoom, Device, Login, Ports, Register, SendMessage, Settings};
use hallway_domain::ambient::Ids;
use hallway_domain::ports::{BusItem, BusSink, EventBus};
use hallway_domain::{Actor, Body, Event, Fact, RoomId, RoomName, Username};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

#[tokio::main]
#[expect(clippy::print_stdout, reason = "an example talks to whoever runs it")]
async fn main() -> Result<()> {
    let directory = tempfile::tempdir()?;
    for line in conversation(&directory.path().join("hallway.db")).await? {
        println!("{line}");
    }
    Ok(())
}

/// Two people talk; what was heard, line by line.
pub(crate) async fn conversation(database: &Path) -> Result<Vec<String>> {
    let (ports, bus) = ports(database).await?;
    let ids = Arc::clone(&ports.ids);
    let (app, writer) = Application::new(ports, Settings::default());
    // Sends end only while somebody runs the writer. It ends when the last clone of `app` is gone.
    let mut tasks = tokio::task::JoinSet::new();
    tasks.spawn(writer.run());

    // Somebody who wants to hear what happens gives the bus a sink, and follows rooms.
    let (sink, heard) = mpsc::channel();
    bus.attach(Arc::new(Listener(sink)));

    let ann = sign_up(&app, "ann").await?;
    let bob = sign_up(&app, "bob").await?;

    let command = CreateRoom { name: RoomName::parse("lobby")?, topic: None, private: false, members: Vec::new() };
    let room = app.rooms().create(&ann, command).await?.id;
    bus.follow(room).await?;
    app.rooms().join(&bob, room).await?;

    let first = say(&app, &ann, room, "Good morning, Bob.").await?;
    // A send under a client id may be repeated, for example after a lost connection: it stays one message.
    let answer = SendMessage {
        room,
        body: Body::parse("Morning! Shall we?".to_owned(), Settings::default().message_chars)?,
        client_id: Some(ids.client()),
        reply_to: Some(first),
        attachments: Vec::new(),
    };
    let sent = app.messages().send(&bob, answer.clone()).await?;
    let again = app.messages().send(&bob, answer).await?;
    assert!(again.duplicate && again.message == sent.message);

    // Whoever reads needs a permit, which the policy gives: to members, and in a public room to everybody.
    let (permit, lobby, _, unread) = app.rooms().admit(&ann, room).await?;
    let (history, older) = app.messages().history(&permit, lobby.last_seq, None, 50).await?;

    let mut lines: Vec<String> = heard.try_iter().map(|event| describe(&event)).collect();
    lines.push(format!("ann has {} unread; history has {} and older ones: {older}", unread.messages, history.len()));
    for view in history {
        let author = view.message.author.map_or_else(|| "somebody".to_owned(), |author| author.username.to_string());
        lines.push(format!("  {author}: {}", view.message.body));
    }

    drop(app);
    tasks.join_all().await;
    Ok(lines)
}

/// An adapter for each port. Any of them may be another one: a PostgreSQL URL gives another database, and tests use
/// the fakes of `hallway-test-support`.
async fn ports(database: &Path) -> Result<(Ports, Arc<LocalBus>)> {
    let options = SqlOptions::new(sqlite_url(database));
    SqlStore::migrate(&options).await?;
    let ids = Arc::new(SystemIds);
    let bus = LocalBus::new();
    let ports = Ports {
        store: Arc::new(SqlStore::connect(&options).await?),
        bus: Arc::<LocalBus>::clone(&bus),
        presence: Arc::new(LocalPresence::default()),
        limiter: Arc::new(LocalRateLimiter::default()),
        tickets: Arc::new(LocalTickets::default()),
        lines: Arc::new(hallway_adapter_local::LocalCallLines::default()),
        hasher: Arc::new(Argon2Hasher::new(2, 16)?),
        codes: Arc::new(TotpCodes),
        // A server keeps its secret: with another one nobody stays signed in.
        tokens: Arc::new(JwtTokens::new(&ids.secret().to_vec().into())),
        clock: Arc::new(SystemClock),
        ids,
        files: None,
    };
    Ok((ports, bus))
}

/// An account, a login, and who that is.
async fn sign_up(app: &Application, name: &str) -> Result<Actor> {
    let (username, password) = (Username::parse(name)?, format!("the password of {name}"));
    let account = Register { username, email: None, full_name: None, password: password.clone() };
    app.accounts().register(account, None).await?;
    let login = Login { username: name.to_owned(), password, code: None, device: Device::default() };
    let tokens = app.accounts().login(login).await?;
    Ok(app.accounts().authenticate(&tokens.access).await?.actor)
}

async fn say(app: &Application, actor: &Actor, room: RoomId, text: &str) -> Result<hallway_domain::MessageId> {
    let body = Body::parse(text.to_owned(), Settings::default().message_chars)?;
    let sent = app
        .messages()
        .send(actor, SendMessage { room, body, client_id: None, reply_to: None, attachments: Vec::new() })
        .await?;
    Ok(sent.message)
}

/// Passes on what is durable.
struct Listener(mpsc::Sender<Event>);

impl BusSink for Listener {
    fn deliver(&self, items: Vec<BusItem>) {
        for item in items {
            if let BusItem::Event(event) = item {
                // Nobody listens any more: nothing to do.
                drop(self.0.send(event));
            }
        }
    }

    fn interrupted(&self) {
        // A bus over a network lost its line: now is the time to compare the rooms' heads. This one never does.
    }
}

fn describe(event: &Event) -> String {
    let what = match &event.fact {
        Fact::MemberJoined { user } => format!("{} joined", user.username),
        Fact::MessagePosted(view) => format!("message {:?}", view.message.body),
        other => format!("{other:?}"),
    };
    format!("#{} {what}", event.seq)
}
