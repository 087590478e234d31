//! Finding messages. The statements are written by hand: the databases have no common word for looking into an index of
//! tokens, and on PostgreSQL the order of steps must not be left to chance.
//!
//! SQLite walks the lists of the tokens from the newest message on and stops when it has enough.
//!
//! PostgreSQL collects a whole list before it can sort it. So the newest [`WINDOW`] messages are read first, in their
//! order, which finds what is frequent at once; only what is not there so often is looked up in the index, and is then
//! not much. Both steps check rooms and times message by message, in order, and stop when they have enough.

use std::collections::{HashMap, HashSet};
use std::fmt::Write as _;

use hallway_domain::policy;
use hallway_domain::ports::StoreResult;
use hallway_domain::search::{FoundMessage, FoundPage, Has, MessageSearch, TokenQuery, room_token};
use hallway_domain::{MessageId, MessageView, RoomId, Timestamp};
use sea_orm::{ConnectionTrait, DbBackend, Statement, Value};

use super::{members, messages, rooms};
use crate::convert::micros;
use crate::errors::failed;

/// How many of the newest messages PostgreSQL looks at one by one before it uses the index.
const WINDOW: u32 = 6_000;
/// A reader of no more rooms than this looks only through their messages.
const FEW_ROOMS: usize = 64;

pub(crate) async fn search<C: ConnectionTrait>(
    db: &C,
    search: &MessageSearch,
    now: Timestamp,
) -> StoreResult<FoundPage> {
    let mut tokens = search.tokens();
    if search.room.is_none() {
        let rooms = few_rooms(db, search, now).await?;
        if rooms.is_empty() {
            return Ok(FoundPage::default());
        }
        if rooms.len() <= FEW_ROOMS {
            tokens.any_of.push(rooms.into_iter().map(room_token).collect());
        }
    }
    // Nothing was sent between two moments of which the first is the later one.
    if tokens.any_of.iter().any(Vec::is_empty) {
        return Ok(FoundPage::default());
    }
    let find = Find { search, tokens: &tokens, now };
    let mut ids = find.ids(db).await?;
    let more = ids.len() > search.limit as usize;
    ids.truncate(search.limit as usize);
    let next = ids.last().copied().filter(|_| more);
    Ok(FoundPage { items: read(db, search, &ids, now).await?, next })
}

/// Rooms that the reader may read, at most one more than [`FEW_ROOMS`].
async fn few_rooms<C: ConnectionTrait>(db: &C, search: &MessageSearch, now: Timestamp) -> StoreResult<Vec<RoomId>> {
    let mut sql = Sql::new(db.get_database_backend());
    sql.add("SELECT r.id AS id FROM memberships p JOIN rooms r ON r.id = p.room_id WHERE p.user_id = ");
    sql.bind(search.reader.0);
    sql.add(" AND r.kind <> 'public'");
    sql.not_banned(search, now);
    sql.add(" UNION ALL SELECT r.id AS id FROM rooms r WHERE r.kind = 'public'");
    sql.not_banned(search, now);
    let _ = write!(sql.text, " LIMIT {}", FEW_ROOMS + 1);
    Ok(sql.ids(db).await?.into_iter().map(RoomId).collect())
}

/// The messages that were found, as they are now, without those that meanwhile are other ones or not to be read any more.
async fn read<C: ConnectionTrait>(
    db: &C,
    search: &MessageSearch,
    ids: &[MessageId],
    now: Timestamp,
) -> StoreResult<Vec<FoundMessage>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let views = messages::by_ids(db, ids).await?;
    let found: HashSet<RoomId> = views.iter().map(|view| view.message.room).collect();
    let found: Vec<RoomId> = found.into_iter().collect();
    let mut heads: HashMap<_, _> = rooms::heads(db, &found).await?.into_iter().map(|head| (head.room, head)).collect();
    // After the texts, so that whoever lost a room meanwhile does not get what was written there since.
    let pairs: Vec<_> = found.iter().map(|room| (*room, search.reader)).collect();
    let access: HashMap<_, _> =
        members::access(db, &pairs, now).await?.into_iter().map(|access| (access.room, access)).collect();
    heads.retain(|room, _| access.get(room).is_some_and(|access| policy::loss(access).is_none()));
    let mut views: HashMap<MessageId, MessageView> = views.into_iter().map(|view| (view.message.id, view)).collect();
    let item = |id: &MessageId| {
        let view = views.remove(id).filter(|view| search.matches(view))?;
        let room = heads.get(&view.message.room)?.clone();
        Some(FoundMessage { kind: access.get(&room.room)?.kind, room, view })
    };
    Ok(ids.iter().filter_map(item).collect())
}

struct Find<'a> {
    search: &'a MessageSearch,
    tokens: &'a TokenQuery,
    now: Timestamp,
}

impl Find<'_> {
    /// The newest that match, one more than asked for, the newest first.
    async fn ids<C: ConnectionTrait>(&self, db: &C) -> StoreResult<Vec<MessageId>> {
        let backend = db.get_database_backend();
        let enough = self.search.limit as usize + 1;
        let has_tokens = !self.tokens.all.is_empty() || !self.tokens.any_of.is_empty();
        let ids = match (backend, has_tokens) {
            (_, false) => self.scan(backend).ids(db).await?,
            (DbBackend::Postgres, true) => {
                let newest = self.window().ids(db).await?;
                if newest.len() >= enough { newest } else { self.lookup().ids(db).await? }
            }
            (_, true) => self.matching().ids(db).await?,
        };
        Ok(ids.into_iter().map(MessageId).collect())
    }

    /// SQLite.
    fn matching(&self) -> Sql {
        let mut sql = Sql::new(DbBackend::Sqlite);
        sql.add("SELECT message_tokens.rowid AS id FROM message_tokens ");
        sql.add("CROSS JOIN message_search s ON s.message_id = message_tokens.rowid ");
        sql.add("CROSS JOIN messages m ON m.id = message_tokens.rowid ");
        sql.add("CROSS JOIN rooms r ON r.id = m.room_id WHERE message_tokens MATCH ");
        sql.bind(written(self.tokens, '"', [" AND ", " OR "]));
        self.older(&mut sql, "message_tokens.rowid");
        self.texts(&mut sql, "instr");
        sql.add(" AND ");
        self.rest(&mut sql);
        self.end(&mut sql, "message_tokens.rowid");
        sql
    }

    /// PostgreSQL: the newest messages, one by one.
    fn window(&self) -> Sql {
        let mut sql = Sql::new(DbBackend::Postgres);
        sql.add("SELECT h.message_id AS id FROM (SELECT s.message_id FROM (");
        sql.add("SELECT n.message_id, n.text, n.tokens FROM message_search n WHERE true");
        self.older(&mut sql, "n.message_id");
        let _ = write!(sql.text, " ORDER BY n.message_id DESC LIMIT {WINDOW}) s WHERE ");
        self.tokens(&mut sql);
        self.texts(&mut sql, "strpos");
        sql.add(") h");
        self.each(&mut sql);
        sql
    }

    /// PostgreSQL: through the index.
    fn lookup(&self) -> Sql {
        let mut sql = Sql::new(DbBackend::Postgres);
        sql.add("WITH hits AS MATERIALIZED (SELECT s.message_id FROM message_search s WHERE ");
        self.tokens(&mut sql);
        self.texts(&mut sql, "strpos");
        self.older(&mut sql, "s.message_id");
        sql.add(") SELECT h.message_id AS id FROM (SELECT message_id FROM hits ORDER BY message_id DESC) h");
        self.each(&mut sql);
        sql
    }

    /// Without any token: message by message.
    fn scan(&self, backend: DbBackend) -> Sql {
        let mut sql = Sql::new(backend);
        sql.add("SELECT m.id AS id FROM messages m JOIN rooms r ON r.id = m.room_id WHERE ");
        self.rest(&mut sql);
        self.older(&mut sql, "m.id");
        self.end(&mut sql, "m.id");
        sql
    }

    /// Of the messages `h`, in their order, those that pass. `OFFSET 0` keeps PostgreSQL from checking all before it sorts.
    fn each(&self, sql: &mut Sql) {
        sql.add(" CROSS JOIN LATERAL (SELECT 1 FROM messages m JOIN rooms r ON r.id = m.room_id");
        sql.add(" WHERE m.id = h.message_id AND ");
        self.rest(sql);
        sql.add(" OFFSET 0) passes");
        self.end(sql, "h.message_id");
    }

    fn tokens(&self, sql: &mut Sql) {
        sql.add("s.tokens @@ (");
        sql.bind(written(self.tokens, '\'', [" & ", " | "]));
        sql.add("::text)::tsquery");
    }

    /// What tokens do not tell for sure.
    fn texts(&self, sql: &mut Sql, position: &str) {
        for needle in self.search.needles.iter().filter(|needle| !needle.is_short()) {
            let _ = write!(sql.text, " AND {position}(s.text, ");
            sql.bind(needle.as_str().to_owned());
            sql.add(") > 0");
        }
    }

    fn older(&self, sql: &mut Sql, column: &str) {
        if let Some(last) = self.search.older_than {
            let _ = write!(sql.text, " AND {column} < ");
            sql.bind(last.0);
        }
    }

    /// What the message `m` and its room `r` tell.
    fn rest(&self, sql: &mut Sql) {
        sql.add("m.deleted_at IS NULL");
        for (sign, moment) in [(">=", self.search.after), ("<", self.search.before)] {
            if let Some(moment) = moment {
                let _ = write!(sql.text, " AND m.created_at {sign} ");
                sql.bind(micros(moment));
            }
        }
        for has in &self.search.has {
            sql.add(match has {
                // A token tells.
                Has::Link => "",
                Has::Reaction => " AND EXISTS (SELECT 1 FROM reactions y WHERE y.message_id = m.id)",
                Has::Pin => " AND m.id IN (SELECT y.message_id FROM pins y)",
                Has::File => " AND EXISTS (SELECT 1 FROM attachments y WHERE y.message_id = m.id)",
                Has::Image => {
                    " AND EXISTS (SELECT 1 FROM attachments y WHERE y.message_id = m.id
                      AND substr(y.content_type, 1, 6) = 'image/')"
                }
            });
        }
        sql.add(" AND ");
        sql.readable(self.search, self.now);
    }

    fn end(&self, sql: &mut Sql, column: &str) {
        let _ = write!(sql.text, " ORDER BY {column} DESC LIMIT {}", u64::from(self.search.limit) + 1);
    }
}

/// A question about tokens in the words of a database. Tokens have no quotes in them.
fn written(tokens: &TokenQuery, mark: char, [and, or]: [&str; 2]) -> String {
    let quoted = |token: &String| format!("{mark}{token}{mark}");
    let all = tokens.all.iter().map(quoted);
    let any = tokens.any_of.iter().map(|list| format!("({})", list.iter().map(quoted).collect::<Vec<_>>().join(or)));
    all.chain(any).collect::<Vec<_>>().join(and)
}

/// A statement that grows.
struct Sql {
    backend: DbBackend,
    text: String,
    values: Vec<Value>,
}

impl Sql {
    const fn new(backend: DbBackend) -> Self {
        Self { backend, text: String::new(), values: Vec::new() }
    }

    fn add(&mut self, text: &str) {
        self.text.push_str(text);
    }

    fn bind(&mut self, value: impl Into<Value>) {
        self.values.push(value.into());
        if self.backend == DbBackend::Postgres {
            let _ = write!(self.text, "${}", self.values.len());
        } else {
            self.text.push('?');
        }
    }

    /// The room `r` is one that [`policy::Read`] lets the reader read.
    fn readable(&mut self, search: &MessageSearch, now: Timestamp) {
        self.add("(r.kind = 'public' OR EXISTS (SELECT 1 FROM memberships p WHERE p.room_id = r.id AND p.user_id = ");
        self.bind(search.reader.0);
        self.add("))");
        self.not_banned(search, now);
    }

    fn not_banned(&mut self, search: &MessageSearch, now: Timestamp) {
        self.add(" AND NOT EXISTS (SELECT 1 FROM sanctions x WHERE x.room_id = r.id AND x.user_id = ");
        self.bind(search.reader.0);
        self.add(" AND x.kind = 'ban' AND x.lifted_at IS NULL AND (x.expires_at IS NULL OR x.expires_at > ");
        self.bind(micros(now));
        self.add("))");
    }

    async fn ids<C: ConnectionTrait>(self, db: &C) -> StoreResult<Vec<i64>> {
        let statement = Statement::from_sql_and_values(self.backend, self.text, self.values);
        let rows = db.query_all_raw(statement).await.map_err(failed)?;
        rows.iter().map(|row| row.try_get("", "id").map_err(failed)).collect()
    }
}
