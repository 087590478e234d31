//! Days as tokens, so that an index passes over the messages of other times. Each message has four: its day, its month,
//! its year and its span of 25 years. A range is covered by the largest that fit.

use time::{Date, Duration, Month};

use crate::Timestamp;

/// Years of the largest span, and between which years there are spans; before and after is all one.
const SPAN: i32 = 25;
const FIRST: i32 = 1975;
const LAST: i32 = 2100;

fn day_token(day: Date) -> String {
    format!("day{}x{}", day.year(), day.ordinal())
}

fn month_token(year: i32, month: Month) -> String {
    format!("month{year}x{}", u8::from(month))
}

fn year_token(year: i32) -> String {
    format!("year{year}")
}

fn span_token(year: i32) -> String {
    match year {
        ..FIRST => "spanbefore".to_owned(),
        FIRST..LAST => format!("span{}", (year - FIRST) / SPAN),
        LAST.. => "spanafter".to_owned(),
    }
}

/// The tokens of a message that was sent then.
pub(super) fn tokens(at: Timestamp) -> [String; 4] {
    let day = at.date();
    [day_token(day), month_token(day.year(), day.month()), year_token(day.year()), span_token(day.year())]
}

/// Tokens of which every message has one that was sent between (the end of) these days.
pub(super) fn cover(after: Option<Timestamp>, before: Option<Timestamp>) -> Vec<String> {
    let mut cover = Vec::new();
    let start = after.map(Timestamp::date);
    let end = before.map(Timestamp::date);
    if start.is_none_or(|day| day.year() < FIRST) {
        cover.push("spanbefore".to_owned());
    }
    if end.is_none_or(|day| day.year() >= LAST) {
        cover.push("spanafter".to_owned());
    }
    let (first, last) = (first_of_year(FIRST), first_of_year(LAST) - Duration::DAY);
    let mut day = start.unwrap_or(first).max(first);
    let end = end.unwrap_or(last).min(last);
    while day <= end {
        let (year, month) = (day.year(), day.month());
        let whole = |next: Date| next - Duration::DAY <= end;
        let starts_month = day.day() == 1;
        let starts_year = day.ordinal() == 1;
        let starts_span = starts_year && (year - FIRST) % SPAN == 0;
        let next_year = first_of_year(year + 1);
        if starts_span && whole(first_of_year(year + SPAN)) {
            cover.push(span_token(year));
            day = first_of_year(year + SPAN);
        } else if starts_year && whole(next_year) {
            cover.push(year_token(year));
            day = next_year;
        } else if let Some(next) = first_of_next_month(day).filter(|next| starts_month && whole(*next)) {
            cover.push(month_token(year, month));
            day = next;
        } else {
            cover.push(day_token(day));
            day += Duration::DAY;
        }
    }
    cover
}

fn first_of_year(year: i32) -> Date {
    Date::from_ordinal_date(year, 1).unwrap_or(Date::MAX)
}

fn first_of_next_month(day: Date) -> Option<Date> {
    let month = day.month().next();
    Date::from_calendar_date(day.year() + i32::from(month == Month::January), month, 1).ok()
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    #[test]
    fn ranges_are_covered_by_few() {
        let cover = |after, before| cover(after, before).len();
        assert_eq!(cover(None, None), 7);
        assert!(cover(Some(datetime!(2026-03-15 12:00 UTC)), None) < 60);
        assert!(cover(Some(datetime!(1976-01-02 0:00 UTC)), Some(datetime!(2098-12-30 0:00 UTC))) < 140);
        assert_eq!(cover(Some(datetime!(2026-03-15 12:00 UTC)), Some(datetime!(2026-03-15 13:00 UTC))), 1);
        assert_eq!(cover(Some(datetime!(2026-03-15 12:00 UTC)), Some(datetime!(2025-03-15 13:00 UTC))), 0);
    }

    #[test]
    fn every_day_of_a_range_is_covered() {
        let ranges = [
            (None, Some(datetime!(2026-02-28 12:00 UTC))),
            (Some(datetime!(2023-12-31 0:00 UTC)), None),
            (Some(datetime!(1960-05-05 0:00 UTC)), Some(datetime!(2000-01-01 0:00 UTC))),
            (Some(datetime!(2024-02-29 0:00 UTC)), Some(datetime!(2150-01-01 0:00 UTC))),
        ];
        for (after, before) in ranges {
            let cover = cover(after, before);
            let mut day = datetime!(1900-01-01 0:00 UTC);
            while day.year() < 2200 {
                let inside = after.is_none_or(|after| day >= after) && before.is_none_or(|before| day < before);
                let covered = tokens(day).iter().any(|token| cover.contains(token));
                assert!(covered || !inside, "{day} of {after:?} to {before:?}");
                // The whole day of an end is covered, and all that is before 1975 or after 2100.
                let near = [after, before].iter().flatten().any(|end| end.date() == day.date());
                assert!(inside || !covered || near || !(FIRST..LAST).contains(&day.year()), "{day}");
                day += Duration::days(3);
            }
        }
    }
}
