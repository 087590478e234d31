//! Rooms and heads.

use hallway_domain::ports::StoreResult;
use hallway_domain::{DirectKey, Epoch, Room, RoomHead, RoomId, RoomName, Seq};
use sea_orm::sea_query::{Expr, ExprTrait, Query};
use sea_orm::{ConnectionTrait, IdenStatic as _};

use super::peers;
use crate::batch::{capacity, one_of_ids};
use crate::convert;
use crate::entities::rooms::{Column, Entity};
use crate::errors::failed;
use crate::statement::{all, model, one, select};

pub(crate) async fn by_id<C: ConnectionTrait>(db: &C, id: RoomId) -> StoreResult<Option<Room>> {
    let mut select = select::<Entity>("r");
    select.and_where(Expr::col(("r", Column::Id)).eq(id.0));
    one(db, &select, |row| convert::room(model(row, "r")?)).await
}

pub(crate) async fn by_name<C: ConnectionTrait>(db: &C, name: &RoomName) -> StoreResult<Option<Room>> {
    let mut select = select::<Entity>("r");
    select.and_where(Expr::col(("r", Column::Name)).eq(name.as_str()));
    one(db, &select, |row| convert::room(model(row, "r")?)).await
}

pub(crate) async fn by_direct<C: ConnectionTrait>(db: &C, key: DirectKey) -> StoreResult<Option<Room>> {
    let mut select = select::<Entity>("r");
    select.and_where(Expr::col(("r", Column::DirectKey)).eq(key.to_string()));
    one(db, &select, |row| convert::room(model(row, "r")?)).await
}

pub(crate) async fn heads<C: ConnectionTrait>(db: &C, rooms: &[RoomId]) -> StoreResult<Vec<RoomHead>> {
    let mut heads = Vec::with_capacity(rooms.len());
    for rooms in rooms.chunks(capacity(1)) {
        let rooms: Vec<i64> = rooms.iter().map(|room| room.0).collect();
        let mut select = Query::select();
        for column in [Column::Id, Column::Name, Column::DirectKey, Column::Epoch, Column::LastSeq] {
            select.expr_as(Expr::col(("r", column)), column.as_str());
        }
        select.from_as(Entity, "r").and_where(one_of_ids(Expr::col(("r", Column::Id)), &rooms));
        peers::add(&mut select);
        let found = all(db, &select, |row| {
            let name: Option<String> = row.try_get("", "name").map_err(failed)?;
            let value = |column| row.try_get("", column).map_err(failed);
            Ok(RoomHead {
                room: RoomId(value("id")?),
                name: name.map(RoomName::from_stored),
                peers: peers::read(row)?,
                epoch: Epoch(value("epoch")?),
                seq: Seq(value("last_seq")?),
            })
        });
        heads.extend(found.await?);
    }
    Ok(heads)
}
