//! Reports, filters and held messages.

use hallway_domain::ports::StoreResult;
use hallway_domain::{
    AttachmentId, ClientId, FilterId, FilterRule, HeldId, HeldMessage, MessageId, Pattern, Report, ReportId, Resolved,
    RoomId, UserId, UserRef, Username,
};

use super::{Row, filter_action, resolution};
use crate::entities::{held_messages, reports, word_filters};

pub(crate) fn report(row: reports::Model) -> StoreResult<Report> {
    let at = Row { table: "reports", id: &row.id };
    let resolved = match (row.resolved_at, row.resolution.as_deref()) {
        (None, _) => None,
        (Some(_), None) => return Err(at.corrupt("resolved without a resolution")),
        (Some(moment), Some(word)) => Some(Resolved {
            at: at.moment(moment)?,
            by: row.resolved_by.map(UserId),
            resolution: resolution::read(at, word)?,
            note: row.note,
        }),
    };
    Ok(Report {
        id: ReportId(row.id),
        room: row.room_id.map(RoomId),
        reporter: UserId(row.reporter_id),
        target: row.target_id.map(UserId),
        message: row.message_id.map(MessageId),
        created_at: at.moment(row.created_at)?,
        reason: row.reason,
        quote: row.quote,
        resolved,
    })
}

pub(crate) fn filter_rule(row: word_filters::Model) -> StoreResult<FilterRule> {
    let at = Row { table: "word_filters", id: &row.id };
    Ok(FilterRule {
        id: FilterId(row.id),
        room: RoomId(row.room_id),
        action: filter_action::read(at, &row.action)?,
        created_by: row.created_by.map(UserId),
        created_at: at.moment(row.created_at)?,
        pattern: Pattern::from_stored(row.pattern),
    })
}

pub(crate) fn held_message(row: held_messages::Model, author: String) -> StoreResult<HeldMessage> {
    let at = Row { table: "held_messages", id: &row.id };
    let attachments = read_ids(&row.attachments).ok_or_else(|| at.corrupt("files are no numbers"))?;
    Ok(HeldMessage {
        id: HeldId(row.id),
        room: RoomId(row.room_id),
        author: UserRef { id: UserId(row.author_id), username: Username::from_stored(author) },
        body: row.body,
        reply_to: row.reply_to.map(MessageId),
        client_id: row.client_id.map(ClientId),
        attachments,
        pattern: row.pattern,
        created_at: at.moment(row.created_at)?,
    })
}

/// Numbers of files as one column keeps them.
pub(crate) fn ids(ids: &[AttachmentId]) -> String {
    ids.iter().map(ToString::to_string).collect::<Vec<_>>().join(",")
}

fn read_ids(text: &str) -> Option<Vec<AttachmentId>> {
    text.split(',').filter(|id| !id.is_empty()).map(|id| id.parse().ok().map(AttachmentId)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_as_written() {
        for all in [vec![], vec![AttachmentId(7)], vec![AttachmentId(1), AttachmentId(22)]] {
            assert_eq!(read_ids(&ids(&all)), Some(all));
        }
        assert_eq!(read_ids("1,x"), None);
    }
}
