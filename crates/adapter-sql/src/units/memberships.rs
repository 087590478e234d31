use async_trait::async_trait;
use hallway_domain::ports::{MembershipRepository, StoreResult};
use hallway_domain::{Membership, NotifyLevel, Role, RoomId, Seq, Timestamp, UserId};
use sea_orm::sea_query::{CaseStatement, Expr, ExprTrait, Func, OnConflict, Order, Query, Value};

use super::SqlUnit;
use crate::batch::{capacity, one_of};
use crate::convert::{self, member_role, micros, notify_level};
use crate::entities::memberships::{Column, Entity};
use crate::queries::sanctions::{bans, in_force};
use crate::statement::{all, count, insert, model, one, select, update};

fn of(room: RoomId, user: UserId) -> Expr {
    Expr::col(Column::RoomId).eq(room.0).and(Expr::col(Column::UserId).eq(user.0))
}

const COLUMNS: [Column; 7] = [
    Column::RoomId,
    Column::UserId,
    Column::Role,
    Column::JoinedAt,
    Column::LastReadSeq,
    Column::LastDeliveredSeq,
    Column::Notify,
];

/// In the order of [`COLUMNS`].
fn values(membership: &Membership) -> [Value; 7] {
    [
        membership.room.0.into(),
        membership.user.0.into(),
        member_role::word(membership.role).into(),
        micros(membership.joined_at).into(),
        membership.last_read.0.into(),
        membership.last_delivered.0.into(),
        notify_level::word(membership.notify).into(),
    ]
}

#[async_trait]
impl MembershipRepository for SqlUnit {
    async fn find(&mut self, room: RoomId, user: UserId) -> StoreResult<Option<Membership>> {
        let mut select = select::<Entity>("p");
        select.and_where(of(room, user));
        one(&self.transaction, &select, |row| convert::membership(model(row, "p")?)).await
    }

    async fn find_many(&mut self, pairs: &[(RoomId, UserId)]) -> StoreResult<Vec<Membership>> {
        let mut found = Vec::with_capacity(pairs.len());
        for pairs in pairs.chunks(capacity(2)) {
            let mut select = select::<Entity>("p");
            let pair = [Expr::col(("p", Column::RoomId)), Expr::col(("p", Column::UserId))];
            select.and_where(one_of(pair, &pairs.iter().map(|(room, user)| (room.0, user.0)).collect::<Vec<_>>()));
            found.extend(all(&self.transaction, &select, |row| convert::membership(model(row, "p")?)).await?);
        }
        Ok(found)
    }

    async fn insert(&mut self, membership: &Membership) -> StoreResult<bool> {
        let mut insert = insert::<Entity>(&COLUMNS);
        insert.values_panic(values(membership).map(Expr::val));
        insert.on_conflict(OnConflict::new().do_nothing().to_owned());
        self.changed(&insert).await
    }

    async fn insert_many(&mut self, memberships: &[Membership]) -> StoreResult<()> {
        for memberships in memberships.chunks(capacity(COLUMNS.len())) {
            let mut insert = insert::<Entity>(&COLUMNS);
            for membership in memberships {
                insert.values_panic(values(membership).map(Expr::val));
            }
            self.execute(&insert).await?;
        }
        Ok(())
    }

    async fn set_role(&mut self, room: RoomId, user: UserId, role: Role) -> StoreResult<()> {
        let mut update = update::<Entity, _>([(Column::Role, member_role::word(role).into())]);
        self.execute(update.and_where(of(room, user))).await.map(drop)
    }

    async fn delete(&mut self, room: RoomId, user: UserId) -> StoreResult<bool> {
        self.changed(&Query::delete().from_table(Entity).and_where(of(room, user)).take()).await
    }

    async fn heir(&mut self, room: RoomId, leaving: UserId, now: Timestamp) -> StoreResult<Option<Membership>> {
        let is = |role| Expr::col(("p", Column::Role)).eq(member_role::word(role));
        let rank = CaseStatement::new().case(is(Role::Owner), 0).case(is(Role::Moderator), 1).finally(2);
        let mut select = select::<Entity>("p");
        select
            .and_where(Expr::col(("p", Column::RoomId)).eq(room.0))
            .and_where(Expr::col(("p", Column::UserId)).ne(leaving.0))
            .and_where(Expr::exists(bans(("p", Column::RoomId), ("p", Column::UserId), in_force("x", now))).not())
            .order_by_expr(rank.into(), Order::Asc)
            .order_by(("p", Column::JoinedAt), Order::Asc)
            .order_by(("p", Column::UserId), Order::Asc)
            .limit(1);
        one(&self.transaction, &select, |row| convert::membership(model(row, "p")?)).await
    }

    async fn owners(&mut self, room: RoomId) -> StoreResult<u64> {
        let select = Query::select()
            .expr_as(Func::count(Expr::col(Column::UserId)), "n")
            .from(Entity)
            .and_where(Expr::col(Column::RoomId).eq(room.0))
            .and_where(Expr::col(Column::Role).eq(member_role::word(Role::Owner)))
            .take();
        count(&self.transaction, &select).await
    }

    async fn raise_read(&mut self, room: RoomId, user: UserId, seq: Seq) -> StoreResult<bool> {
        let mut update = update::<Entity, _>([(Column::LastReadSeq, seq.0.into())]);
        let delivered = Func::greatest([Expr::col(Column::LastDeliveredSeq), Expr::val(seq.0)]);
        update
            .value(Column::LastDeliveredSeq, delivered)
            .and_where(of(room, user))
            .and_where(Expr::col(Column::LastReadSeq).lt(seq.0));
        self.changed(&update).await
    }

    async fn raise_delivered(&mut self, room: RoomId, user: UserId, seq: Seq) -> StoreResult<bool> {
        let mut update = update::<Entity, _>([(Column::LastDeliveredSeq, seq.0.into())]);
        update.and_where(of(room, user)).and_where(Expr::col(Column::LastDeliveredSeq).lt(seq.0));
        self.changed(&update).await
    }

    async fn lower_read(&mut self, room: RoomId, user: UserId, seq: Seq) -> StoreResult<bool> {
        let mut update = update::<Entity, _>([(Column::LastReadSeq, seq.0.into())]);
        update.and_where(of(room, user)).and_where(Expr::col(Column::LastReadSeq).gt(seq.0));
        self.changed(&update).await
    }

    async fn set_notify(&mut self, room: RoomId, user: UserId, level: NotifyLevel) -> StoreResult<bool> {
        let word = notify_level::word(level);
        let mut update = update::<Entity, _>([(Column::Notify, word.into())]);
        update.and_where(of(room, user)).and_where(Expr::col(Column::Notify).ne(word));
        self.changed(&update).await
    }
}
