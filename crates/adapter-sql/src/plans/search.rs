//! How searches are planned: a rare word through the index of tokens, a frequent one from the newest message on.

use std::collections::BTreeSet;

use hallway_domain::UserId;
use hallway_domain::ports::Queries;
use hallway_domain::search::{MessageSearch, Needle};
use hallway_test_support::contract::store::at;
use sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend};

use super::Watched;

/// Every message says hello; ten say `zyx`.
pub(super) async fn fill(db: &DatabaseConnection) {
    let tokens = "'hel ell llo h he' || CASE WHEN id % 5000 = 7 THEN ' zyx z zy' ELSE '' END";
    let tokens = match db.get_database_backend() {
        DbBackend::Postgres => format!("array_to_tsvector(string_to_array({tokens}, ' '))"),
        _ => tokens.to_owned(),
    };
    let sql = format!(
        "INSERT INTO message_search (message_id, text, tokens)
         SELECT id, 'hello' || CASE WHEN id % 5000 = 7 THEN ' zyx' ELSE '' END, {tokens}
         FROM messages WHERE deleted_at IS NULL"
    );
    db.execute_unprepared(&sql).await.expect("fills");
    db.execute_unprepared("UPDATE messages SET body = 'hello zyx' WHERE id % 5000 = 7").await.expect("fills");
    db.execute_unprepared("ANALYZE").await.expect("analyses");
}

impl Watched {
    async fn plan_of(&self, word: &str, hits: usize) -> String {
        let search = MessageSearch {
            // In no room's members and under no ban.
            reader: UserId(199),
            needles: vec![Needle::new(word).expect("a word")],
            author: None,
            room: None,
            after: None,
            before: None,
            has: BTreeSet::new(),
            older_than: None,
            limit: 20,
        };
        self.plans().await;
        assert_eq!(self.queries.search(&search, at(0)).await.expect("search").items.len(), hits, "{word}");
        let (plan, _) = self.plans().await;
        for whole in ["Seq Scan on messages", "Seq Scan on message_search", "SCAN m\n", "SCAN s\n"] {
            assert!(!plan.contains(whole), "{word} reads everything: {whole}\n{plan}");
        }
        let sorted = |part: &str| part.contains("message_tokens") && part.contains("TEMP B-TREE");
        assert!(!plan.split("\n\n").any(sorted), "{word} is collected before it is sorted\n{plan}");
        plan
    }

    pub(super) async fn check_search(&self) {
        let (frequent, rare) = (self.plan_of("hello", 20).await, self.plan_of("zyx", 8).await);
        let uses = |plan: &str, what: &str| assert!(plan.contains(what), "{what}:\n{plan}");
        if self.plain.get_database_backend() == DbBackend::Postgres {
            for plan in [&frequent, &rare] {
                uses(plan, "Index Scan Backward using message_search_pkey");
                uses(plan, "Index Scan using messages_pkey");
            }
            uses(&rare, "Bitmap Index Scan on ix_message_search_tokens");
            assert!(!frequent.contains("ix_message_search_tokens"), "stops early:\n{frequent}");
        } else {
            for plan in [&frequent, &rare] {
                uses(plan, "SCAN message_tokens VIRTUAL TABLE INDEX");
                uses(plan, "SEARCH s USING INTEGER PRIMARY KEY");
                uses(plan, "SEARCH m USING INTEGER PRIMARY KEY");
            }
        }
    }
}
