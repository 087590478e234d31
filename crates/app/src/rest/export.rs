//! All that the server has of the caller, as one JSON document that is written while it is read.

use actix_web::HttpResponse;
use actix_web::http::header;
use actix_web::web::{Bytes, Data};
use futures_util::stream;
use hallway_application::{Application, ExportCursor, ExportPart};
use hallway_domain::{Actor, Timestamp};
use hallway_protocol::rest::{self, Export};
use serde::Serialize;

use super::extract::Signed;
use super::{blocks, dto};
use crate::links;
use crate::problem::Problem;
use crate::state::AppState;

/// Take one's own data along
///
/// All that the server has of the caller, and nothing of others: what they wrote to the caller is theirs. Written while
/// it is read, so that it may be of any size; what breaks off is no JSON.
#[utoipa::path(
    get, path = "/api/v1/users/me/export",
    operation_id = "export_me", tag = "users", security(("bearer" = [])),
    responses((status = 200, body = Export)),
)]
pub(crate) async fn export(state: Data<AppState>, Signed(caller, ()): Signed) -> Result<HttpResponse, Problem> {
    let at = state.app.accounts().begin_export(&caller.actor).await?;
    let writer = Writer::new(state.app.clone(), caller.actor, at, state.clock.now());
    let parts = stream::unfold(writer, |mut writer| async move {
        let part = writer.next().await.transpose()?;
        Some((part.map_err(actix_web::Error::from), writer))
    });
    let name = r#"attachment; filename="hallway-export.json""#;
    Ok(HttpResponse::Ok()
        .content_type("application/json")
        .insert_header((header::CONTENT_DISPOSITION, name))
        .streaming(parts))
}

/// Writes the members of one object, lists in several parts.
struct Writer {
    app: Application,
    actor: Actor,
    at: ExportCursor,
    /// Begun before anything is read.
    text: Vec<u8>,
    /// The list that is open, and whether something is in it.
    list: Option<(&'static str, bool)>,
    ended: bool,
}

impl Writer {
    fn new(app: Application, actor: Actor, at: ExportCursor, now: Timestamp) -> Self {
        let now = serde_json::to_string(&hallway_protocol::Timestamp::from(now)).unwrap_or_default();
        let text = format!(r#"{{"exported_at":{now}"#).into_bytes();
        Self { app, actor, at, text, list: None, ended: false }
    }

    async fn next(&mut self) -> Result<Option<Bytes>, Problem> {
        if self.ended {
            return Ok(None);
        }
        if let Some((part, next)) = self.app.accounts().export(&self.actor, self.at).await? {
            self.part(part)?;
            self.at = next;
        } else {
            self.close();
            self.text.push(b'}');
            self.ended = true;
        }
        Ok(Some(Bytes::from(std::mem::take(&mut self.text))))
    }

    fn part(&mut self, part: ExportPart) -> Result<(), Problem> {
        match part {
            ExportPart::Profile(user) => {
                self.text.extend(br#","user":"#);
                self.value(&dto::own_user(*user, true))
            }
            ExportPart::Sessions(sessions) => {
                let actor = self.actor.clone();
                self.rows("sessions", sessions, |session| dto::session(session, &actor))
            }
            ExportPart::Memberships(rows) => {
                self.rows("memberships", rows, |(place, membership)| rest::ExportedMembership {
                    room_id: place.room.0,
                    room: place.name.map(hallway_domain::RoomName::into_string),
                    role: dto::role(membership.role),
                    joined_at: membership.joined_at.into(),
                    read_seq: membership.last_read.0,
                    notify: dto::notify_level(membership.notify),
                })
            }
            ExportPart::Messages(rows) => self.rows("messages", rows, |message| rest::ExportedMessage {
                id: message.id.0,
                room_id: message.place.room.0,
                room: message.place.name.map(hallway_domain::RoomName::into_string),
                seq: message.seq.0,
                content: message.body,
                reply_to: message.reply_to.map(|id| id.0),
                created_at: message.created_at.into(),
                edited_at: message.edited_at.map(Into::into),
            }),
            ExportPart::Reactions(rows) => self.rows("reactions", rows, |reaction| rest::ExportedReaction {
                message_id: reaction.message.0,
                emoji: reaction.emoji,
                at: reaction.at.into(),
            }),
            ExportPart::Files(rows) => self.rows("files", rows, |(file, message)| rest::ExportedFile {
                message_id: message.map(|id| id.0),
                file: links::attachment(&file),
            }),
            ExportPart::Blocks(rows) => self.rows("blocks", rows, blocks::wire),
            ExportPart::Activity(rows) => self.rows("activity", rows, |deed| rest::ExportedActivity {
                at: deed.at.into(),
                action: deed.action,
                room_id: deed.room.map(|id| id.0),
                target_id: deed.target.map(|id| id.0),
                reason: deed.reason,
            }),
        }
    }

    fn rows<T, U: Serialize>(
        &mut self,
        name: &'static str,
        rows: Vec<T>,
        wire: impl Fn(T) -> U,
    ) -> Result<(), Problem> {
        if self.list.is_none_or(|(open, _)| open != name) {
            self.close();
            self.text.extend(format!(r#","{name}":["#).into_bytes());
            self.list = Some((name, false));
        }
        for row in rows {
            if let Some((_, true)) = self.list {
                self.text.push(b',');
            }
            self.value(&wire(row))?;
            self.list = Some((name, true));
        }
        Ok(())
    }

    fn close(&mut self) {
        if self.list.take().is_some() {
            self.text.push(b']');
        }
    }

    fn value(&mut self, value: &impl Serialize) -> Result<(), Problem> {
        let text = serde_json::to_vec(value).map_err(|_| Problem::internal())?;
        self.text.extend(text);
        Ok(())
    }
}
