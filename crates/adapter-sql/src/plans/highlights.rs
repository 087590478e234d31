//! Mentions, pins and marks.

use hallway_domain::ports::Queries;
use hallway_domain::{PageRequest, UserId};
use sea_orm::{ConnectionTrait, DatabaseConnection};

use super::{ROOM, USER, Watched};

/// A mention of somebody in every message of the first room, of everybody in every tenth, and fifty pins.
const FILL: [&str; 4] = [
    "INSERT INTO mentions (room_id, user_id, seq, message_id, author_id)
     SELECT room_id, 1 + (seq + 50) % 100, seq, id, author_id FROM messages WHERE room_id = 1 AND deleted_at IS NULL",
    "INSERT INTO mentions (room_id, user_id, seq, message_id, author_id)
     SELECT room_id, 0, seq, id, author_id FROM messages WHERE room_id = 1 AND seq % 10 = 1",
    "INSERT INTO pins (message_id, room_id, pinned_by, pinned_at)
     SELECT id, room_id, 1, seq FROM messages WHERE room_id = 1 AND seq % 200 = 1",
    "UPDATE messages SET body = 'hello @user1' WHERE room_id = 1 AND seq > 9900",
];

async fn fill(db: &DatabaseConnection) {
    for sql in FILL {
        db.execute_unprepared(sql).await.expect("fills");
    }
    db.execute_unprepared("ANALYZE").await.expect("analyses");
}

impl Watched {
    pub(super) async fn check_highlights(&self, writer: &DatabaseConnection) {
        fill(writer).await;
        let queries: &dyn Queries = &self.queries;
        self.plans().await;

        let unread = queries.unread(USER, &[ROOM]).await.expect("unread");
        assert_eq!((unread[0].messages, unread[0].mentions), (97, 11), "one by name, ten with everybody");
        let live: [&[&str]; 2] = [
            &["Index Only Scan using ix_messages_live", "pk_mentions"],
            &["USING COVERING INDEX ix_messages_live", "sqlite_autoindex_mentions_1"],
        ];
        self.uses("unread mentions", 1, live).await;
        let users: Vec<UserId> = (1..=50).map(UserId).collect();
        assert_eq!(queries.unread_of(ROOM, &users).await.expect("unread").len(), 50);
        self.uses("unread of many", 1, live).await;

        assert_eq!(queries.marks(ROOM, 51).await.expect("marks").len(), 51);
        let members: [&[&str]; 2] =
            [&["pk_memberships|ix_memberships_joined"], &["sqlite_autoindex_memberships_1|ix_memberships_joined"]];
        self.uses("marks", 1, members).await;

        let pins = queries.pins(ROOM, PageRequest::first(20)).await.expect("pins");
        assert_eq!((pins.items.len(), pins.total), (20, 50));
        let (plan, _) = self.plans().await;
        assert!(plan.contains("ix_pins_room") && !plan.contains("Seq Scan on messages"), "{plan}");

        let mentions = queries.messages(ROOM, PageRequest::first(20)).await.expect("messages");
        assert!(mentions.items.iter().all(|view| !view.mentions.is_empty()));
        let (plan, _) = self.plans().await;
        assert!(plan.contains("ix_mentions_message") && !plan.contains("Seq Scan on mentions"), "{plan}");
    }
}
