//! Direct conversations.

use hallway_domain::ports::{DirectFilter, Queries};
use hallway_domain::{DirectKey, PageRequest, RoomId, UserId};
use sea_orm::{ConnectionTrait, DatabaseConnection};

use super::Watched;

/// Somebody with 99 of them, of whom only the others have written in half.
const FILL: [&str; 4] = [
    "INSERT INTO rooms (kind, search, direct_key, created_by, created_at, epoch, last_seq, slow_mode_seconds)
     SELECT 'direct', '', CASE WHEN id < 150 THEN id || ':150' ELSE '150:' || id END, id, id, 1, 1, 0
     FROM users WHERE id > 100 AND id <> 150",
    "INSERT INTO memberships (room_id, user_id, role, joined_at, last_read_seq, last_delivered_seq, notify)
     SELECT r.id, u.id, 'member', 1, 0, 0, 'all' FROM rooms r
     JOIN users u ON u.id = 150 OR u.id = r.created_by WHERE r.kind = 'direct'",
    "INSERT INTO messages (room_id, seq, author_id, kind, body, created_at)
     SELECT id, 1, created_by, 'text', 'hello', created_at FROM rooms WHERE kind = 'direct' AND created_by % 2 = 0",
    "ANALYZE",
];

const SOMEBODY: UserId = UserId(150);

impl Watched {
    pub(super) async fn check_direct(&self, writer: &DatabaseConnection) {
        for sql in FILL {
            writer.execute_unprepared(sql).await.expect("fills");
        }
        let queries: &dyn Queries = &self.queries;
        self.plans().await;

        let key = DirectKey::new(SOMEBODY, UserId(151));
        let room = queries.room_by_direct(key).await.expect("find").expect("a room").id;
        self.uses("a direct conversation", 1, [&["uq_rooms_direct_key"]; 2]).await;

        let heads = queries.heads(&[room, RoomId(1)]).await.expect("heads");
        assert_eq!(heads.iter().filter(|head| head.peers.is_some()).count(), 1);
        let both: [&[&str]; 2] =
            [&["rooms_pkey", "pk_memberships", "users_pkey"], &["sqlite_autoindex_memberships_1", "SEARCH du USING"]];
        self.uses("heads with both sides", 1, both).await;

        let listed = queries.direct_rooms_of(SOMEBODY, &DirectFilter::default(), PageRequest::first(20)).await;
        let listed = listed.expect("list");
        assert_eq!((listed.total, listed.items.len()), (49, 20));
        assert!(listed.items.iter().all(|room| room.peer.is_some() && room.unread == 1 && room.members == 2));
        let (plan, statements) = self.plans().await;
        assert_eq!(statements, 6, "however many there are");
        for index in ["ix_memberships_user", "messages"] {
            assert!(plan.contains(index), "{index}:\n{plan}");
        }
        for whole in ["Seq Scan on messages", "SCAN m\n", "SCAN r\n"] {
            assert!(!plan.contains(whole), "{whole}:\n{plan}");
        }
    }
}
