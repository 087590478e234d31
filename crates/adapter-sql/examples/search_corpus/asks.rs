//! Searches of the kinds that people make.

use std::collections::BTreeSet;

use hallway_domain::search::{Has, MessageSearch, Needle};
use hallway_domain::{RoomId, UserId};
use time::Duration;

use crate::texts::{Dice, MADE_UP, english, identifier, message};
use crate::{SPACING, START};

pub(crate) struct Ask {
    pub(crate) class: &'static str,
    pub(crate) search: MessageSearch,
}

/// Who asks, and of what.
pub(crate) struct Place {
    pub(crate) reader: UserId,
    pub(crate) users: Vec<UserId>,
    /// That the reader may read.
    pub(crate) rooms: Vec<RoomId>,
    pub(crate) messages: u64,
}

const CLASSES: [&str; 18] = [
    "common word",
    "medium word",
    "rare word",
    "absent word",
    "two CJK characters",
    "four CJK characters",
    "part of an identifier",
    "part of a word",
    "phrase",
    "two words",
    "short word",
    "number",
    "word in a room",
    "word from a user",
    "word before a day",
    "word in a week",
    "word has link",
    "from a user",
];

/// `each` of every class.
pub(crate) fn asks(place: &Place, each: usize) -> Vec<Ask> {
    let mut dice = Dice::new(0x5EA_2C4);
    let mut asks = Vec::new();
    for n in 0..CLASSES.len() * each {
        let class = CLASSES[n % CLASSES.len()];
        asks.push(Ask { class, search: ask(place, class, &mut dice) });
    }
    asks
}

fn ask(place: &Place, class: &str, dice: &mut Dice) -> MessageSearch {
    let mut search = MessageSearch {
        reader: place.reader,
        needles: Vec::new(),
        author: None,
        room: None,
        after: None,
        before: None,
        has: BTreeSet::new(),
        older_than: None,
        limit: 20,
    };
    let day = |dice: &mut Dice| {
        START + SPACING * i32::try_from(place.messages / 100 * (5 + dice.below(90) as u64)).unwrap_or(i32::MAX)
    };
    let any = english(dice.rank(3_000));
    let texts: Vec<String> = match class {
        "common word" | "word has link" => vec![english(dice.below(20))],
        "medium word" => vec![english(300 + dice.below(2_000))],
        "rare word" => vec![english(MADE_UP / 2 + dice.below(MADE_UP / 2))],
        "absent word" => vec![format!("{}q{}zz", english(dice.below(90)), english(dice.below(500)))],
        "two CJK characters" => vec![part_of_text(place, dice, 2, is_cjk)],
        "four CJK characters" => vec![part_of_text(place, dice, 4, is_cjk)],
        "part of an identifier" => {
            let name = identifier(dice);
            let letters: Vec<char> = name.chars().collect();
            vec![letters[2..letters.len() - 2].iter().collect()]
        }
        "part of a word" => {
            let word = english(200 + dice.rank(20_000));
            vec![word[1..word.len() - 1].to_owned()]
        }
        "phrase" => vec![two_words(place, dice).join(" ")],
        "two words" => two_words(place, dice),
        "short word" => vec![english(dice.below(2_000)).chars().take(2).collect()],
        "number" => vec![format!("#{}", dice.below(400_000))],
        "from a user" => vec![],
        _ => vec![any],
    };
    search.needles = texts.iter().filter_map(|text| Needle::new(text)).collect();
    match class {
        "word in a room" => search.room = Some(*dice.of(&place.rooms)),
        "word from a user" | "from a user" => search.author = Some(*dice.of(&place.users)),
        "word before a day" => search.before = Some(day(dice)),
        "word in a week" => {
            let day = day(dice);
            (search.after, search.before) = (Some(day), Some(day + Duration::days(7)));
        }
        "word has link" => search.has = BTreeSet::from([Has::Link]),
        _ => {}
    }
    search
}

fn is_cjk(c: char) -> bool {
    ('\u{3040}'..='\u{9FFF}').contains(&c) || ('\u{AC00}'..='\u{D7A3}').contains(&c)
}

/// So many characters in a row of some message that are all of a kind.
fn part_of_text(place: &Place, dice: &mut Dice, length: usize, kind: fn(char) -> bool) -> String {
    loop {
        let letters: Vec<char> = message(dice.next() % place.messages).chars().collect();
        let at = dice.below(letters.len());
        if let Some(part) = letters.get(at..at + length).filter(|part| part.iter().all(|c| kind(*c))) {
            return part.iter().collect();
        }
    }
}

/// Two words that follow each other in some message.
fn two_words(place: &Place, dice: &mut Dice) -> Vec<String> {
    loop {
        let text = message(dice.next() % place.messages);
        let words: Vec<&str> = text.split(' ').collect();
        if words.len() > 3 {
            let at = dice.below(words.len() - 1);
            return words[at..at + 2].iter().map(|word| (*word).to_owned()).collect();
        }
    }
}
