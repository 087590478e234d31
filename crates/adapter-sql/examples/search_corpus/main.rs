//! Fills an empty database with messages in many languages, the way that the server stores them, and measures searches.
//!
//! `cargo run --release -p hallway-adapter-sql --example search_corpus -- URL [MESSAGES] [OF EACH KIND]`
//!
//! A database that has messages already is not filled again. `docs/PERFORMANCE.md` has what came out.
#![expect(clippy::print_stdout, reason = "it is there to be read")]

mod asks;
mod texts;

use std::error::Error;
use std::time::{Duration as StdDuration, Instant};

use asks::{Ask, Place, asks};
use hallway_adapter_sql::{SqlOptions, SqlStore};
use hallway_domain::ports::{InsertedUser, RoomFilter, Store, UserFilter};
use hallway_domain::{
    Body, Epoch, Membership, MessageKind, NewMessage, NewRoom, NewUser, NotifyLevel, PageRequest, PasswordHash, Role,
    RoomId, RoomKind, RoomName, Seq, Timestamp, UserRef, Username,
};
use time::Duration;

const START: Timestamp = time::macros::datetime!(2025-11-01 00:00 UTC);
const SPACING: Duration = Duration::seconds(30);
const USERS: usize = 100;
const ROOMS: usize = 200;
type Failure = Box<dyn Error>;

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() -> Result<(), Failure> {
    let mut arguments = std::env::args().skip(1);
    let url = arguments.next().ok_or("give the URL of a database")?;
    let messages: u64 = arguments.next().map_or(Ok(1_000_000), |text| text.parse())?;
    let each: usize = arguments.next().map_or(Ok(12), |text| text.parse())?;
    let mut options = SqlOptions::new(url);
    options.search_timeout = StdDuration::from_mins(1);
    SqlStore::migrate(&options).await?;
    let store = SqlStore::connect(&options).await?;
    if store.queries().users(&UserFilter::default(), PageRequest::first(1)).await?.total == 0 {
        fill(&store, messages).await?;
    }
    let users = store.queries().users(&UserFilter::default(), PageRequest::first(200)).await?.items;
    // The second one: not the owner of everything.
    let reader = users.get(1).ok_or("no users")?.id;
    let filter = RoomFilter::default();
    let rooms = store.queries().rooms_visible_to(reader, &filter, PageRequest::first(500), START).await?.items;
    let place = Place {
        reader,
        users: users.iter().map(|user| user.id).collect(),
        rooms: rooms.iter().map(|summary| summary.room.id).collect(),
        messages,
    };
    println!("{} messages, {} rooms of which the reader may read {}", messages, ROOMS, place.rooms.len());
    let asks = asks(&place, each);
    // Once for the caches, as a server that runs has them.
    measure(&store, &asks).await?;
    let times = measure(&store, &asks).await?;
    report(&asks, &times);
    store.close().await?;
    Ok(())
}

async fn fill(store: &SqlStore, messages: u64) -> Result<(), Failure> {
    let began = Instant::now();
    let mut users = Vec::with_capacity(USERS);
    let mut unit = store.begin().await?;
    for n in 0..USERS {
        let new = NewUser {
            username: Username::parse(&format!("user{n:03}"))?,
            email: None,
            full_name: None,
            password_hash: PasswordHash("x".to_owned()),
            is_admin: false,
            created_at: START,
        };
        let InsertedUser::Created(user) = unit.users().insert(new).await? else { return Err("a user is there".into()) };
        users.push(user.to_ref());
    }
    let mut rooms = Vec::with_capacity(ROOMS);
    for n in 0..ROOMS {
        let new = NewRoom {
            // Every fourth is private, and the reader a member of half of these.
            kind: if n % 4 == 3 { RoomKind::Private } else { RoomKind::Public },
            name: Some(RoomName::parse(&format!("room {n}"))?),
            topic: None,
            direct: None,
            created_by: users[0].id,
            created_at: START,
            epoch: Epoch(1),
        };
        let room = unit.rooms().insert(new).await?.ok_or("a room is there")?;
        for (at, user) in users.iter().enumerate().filter(|(at, _)| (at + n / 4) % 2 == 0 || *at == 0) {
            let role = if at == 0 { Role::Owner } else { Role::Member };
            unit.memberships().insert(&membership(room.id, user, role)).await?;
        }
        rooms.push((room.id, Seq::ZERO));
    }
    unit.commit().await?;
    let mut number = 0;
    while number < messages {
        let batch = (messages - number).min(2_000);
        let mut unit = store.begin().await?;
        let new = (number..number + batch).map(|number| new_message(number, &mut rooms, &users));
        unit.messages().insert_many(new.collect::<Result<_, _>>()?).await?;
        unit.rooms().set_last_seq(&rooms).await?;
        unit.commit().await?;
        number += batch;
        if number % 100_000 == 0 {
            println!("{number} messages after {:.0} s", began.elapsed().as_secs_f64());
        }
    }
    Ok(())
}

fn membership(room: RoomId, user: &UserRef, role: Role) -> Membership {
    Membership {
        room,
        user: user.id,
        role,
        joined_at: START,
        last_read: Seq::ZERO,
        last_delivered: Seq::ZERO,
        notify: NotifyLevel::All,
    }
}

fn new_message(number: u64, rooms: &mut [(RoomId, Seq)], users: &[UserRef]) -> Result<NewMessage, Failure> {
    let mut dice = texts::Dice::new(number ^ 0xF00D);
    let at = dice.rank(rooms.len());
    let (room, seq) = &mut rooms[at];
    *seq = seq.next();
    Ok(NewMessage {
        room: *room,
        seq: *seq,
        author: users[dice.rank(users.len())].clone(),
        kind: MessageKind::Text,
        body: Body::parse(texts::message(number), 8_000)?,
        reply_to: None,
        client_id: None,
        created_at: START + SPACING * i32::try_from(number)?,
    })
}

async fn measure(store: &SqlStore, asks: &[Ask]) -> Result<Vec<(StdDuration, usize)>, Failure> {
    let now = START + Duration::days(365);
    let mut times = Vec::with_capacity(asks.len());
    for ask in asks {
        let began = Instant::now();
        let page = store.queries().search(&ask.search, now).await?;
        times.push((began.elapsed(), page.items.len()));
    }
    Ok(times)
}

fn report(asks: &[Ask], times: &[(StdDuration, usize)]) {
    let line = |name: &str, mut times: Vec<StdDuration>, hits: f64| {
        times.sort_unstable();
        let at = |percent: usize| times[(times.len() * percent).div_ceil(100).clamp(1, times.len()) - 1];
        let ms = |time: StdDuration| time.as_secs_f64() * 1000.0;
        let (p50, p95, max) = (ms(at(50)), ms(at(95)), ms(at(100)));
        println!("| {name} | {} | {hits:.1} | {p50:.1} | {p95:.1} | {max:.1} |", times.len());
    };
    println!("| search | n | hits | p50 ms | p95 ms | max ms |\n|---|---|---|---|---|---|");
    let mut classes: Vec<&str> = Vec::new();
    for ask in asks {
        if !classes.contains(&ask.class) {
            classes.push(ask.class);
        }
    }
    let mut slowest: Vec<(StdDuration, &Ask)> = times.iter().map(|(time, _)| *time).zip(asks).collect();
    for class in classes.into_iter().chain([""]) {
        let of_class = || asks.iter().zip(times).filter(|(ask, _)| class.is_empty() || ask.class == class);
        let count = u32::try_from(of_class().count()).unwrap_or(1);
        let hits = of_class().map(|(_, (_, hits))| f64::from(u32::try_from(*hits).unwrap_or(0))).sum::<f64>();
        let name = if class.is_empty() { "**all**" } else { class };
        line(name, of_class().map(|(_, (time, _))| *time).collect(), hits / f64::from(count));
    }
    slowest.sort_unstable_by_key(|(time, _)| std::cmp::Reverse(*time));
    println!("\nslowest:");
    for (time, ask) in slowest.iter().take(12) {
        println!("{:.1} ms: {}: {:?}", time.as_secs_f64() * 1000.0, ask.class, ask.search.needles);
    }
}
