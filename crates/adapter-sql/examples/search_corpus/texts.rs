//! Messages in many languages, each made of its number alone, so that any of them can be made again.

/// SplitMix64: small, and the same everywhere.
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) const fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ 0x5851_F42D_4C95_7F2D)
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    pub(crate) fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() % (end.max(1) as u64)).unwrap_or(0)
    }

    pub(crate) fn of<'a, T>(&mut self, list: &'a [T]) -> &'a T {
        &list[self.below(list.len())]
    }

    /// A rank below `end`: the first is the most frequent, as words are (Zipf's law).
    #[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a rank")]
    pub(crate) fn rank(&mut self, end: usize) -> usize {
        let part = (self.next() >> 11) as f64 / (1_u64 << 53) as f64;
        ((end as f64 + 1.0).powf(part) as usize).saturating_sub(1).min(end - 1)
    }
}

const ENGLISH: &str = "the and that have for not with you this but his from they say her she will one all would there \
    their what out about who get which when make can like time just him know take people into year your good some could \
    them see other than then now look only come over think also back after use two how our work first well way even new \
    want because any these give day most server message room meeting please thanks deploy build error release review";
const GERMAN: &str = "über für größe straße grüße können müssen schön nächste früh während heißt möglich zurück \
    besprechung änderung prüfen lösung fünf natürlich";
const FRENCH: &str = "être déjà réunion où français élève garçon noël très après problème café hôtel fenêtre";
const RUSSIAN: &str = "это как так что все она они был мой ещё наш сервер сообщение привет сегодня завтра работает \
    ошибка йод спасибо встреча комната проверить готово";
const CHINESE: &str = "的一是不了在人有我他这中大来上国个到说们为子和你地出道也时年得就那要下以生会自着去之过家学对可里后小么\
    心多天而能好都然没日于起还发成事只作当想看文无开手十用主行方又如前所本见经头面公同三已老从动两长知民样现分将外但身些与高意进把\
    法此实回二理美点月明其种声全工己话儿者向情部正名定女问力机给等几很业最间新什打便位因重被走电四第门相次东政海口使教西再平真听世气信\
    北少关并内加化由却代军产入先山五太水万市眼体别处总才场师书比住员九笑性通目华报立马命张活难神数件安表原车白应路期叫死常提感金何更反合放\
    做系计或司利受光王果亲界及今京务制解各任至清物台象记边共风战干接它许八特觉望直服毛林题建南度统色字请交爱让认算论百吃义科怎元社术结六";
const KANA: &str = "のにはをたがでてとしれさあいうえおかきくけこそちつなまみむめもやゆよらりるろわん";
const KATAKANA: &[&str] =
    &["サーバー", "メッセージ", "テスト", "エラー", "リリース", "ミーティング", "データ", "ユーザー"];
const KOREAN: &str =
    "가나다라마바사아자차카타파하이그저는은을를의에서로고한국어서버오류회의안녕감사합니다메시지확인배포테스트";
const EMOJIS: &[&str] = &["🚀", "👍", "🎉", "😀", "❤️", "👩‍💻", ":)", ":tada:"];
const SYLLABLES: &[&str] = &[
    "ba", "con", "der", "el", "fi", "gra", "ho", "in", "ka", "lo", "men", "ne", "or", "pre", "qua", "ri", "sta", "ter",
    "un", "ver", "wo", "xi", "yn", "zu", "tion", "ing", "est", "ous", "al", "ic",
];
const CYRILLIC: &[&str] =
    &["ба", "ве", "го", "да", "жи", "за", "ко", "ло", "ми", "но", "по", "ра", "сти", "тор", "ние", "ска", "уч", "хо"];

/// Words that were made up, beside those that everybody uses.
pub(crate) const MADE_UP: usize = 60_000;

/// The word of a rank: the frequent ones from a list, the others from syllables.
fn word(frequent: &[&str], syllables: &[&str], rank: usize) -> String {
    if let Some(word) = frequent.get(rank) {
        return (*word).to_owned();
    }
    let mut dice = Dice::new(rank as u64 ^ 0xABCD_EF01);
    (0..2 + dice.below(3)).map(|_| *dice.of(syllables)).collect()
}

fn words(list: &str) -> Vec<&str> {
    list.split_whitespace().collect()
}

pub(crate) fn english(rank: usize) -> String {
    word(&words(ENGLISH), SYLLABLES, rank)
}

pub(crate) fn identifier(dice: &mut Dice) -> String {
    let part = |dice: &mut Dice| english(90 + dice.rank(5_000));
    match dice.below(4) {
        0 => format!("{}_{}", part(dice), part(dice)),
        1 => format!("{}::{}()", part(dice), part(dice)),
        2 => format!("crates/{}/src/{}.rs", part(dice), part(dice)),
        _ => format!("{}_{}::{}", part(dice), part(dice), part(dice)),
    }
}

fn spaced(dice: &mut Dice, mut word: impl FnMut(&mut Dice) -> String) -> String {
    let length = 3 + dice.below(16);
    (0..length).map(|_| word(dice)).collect::<Vec<_>>().join(" ")
}

fn unspaced(dice: &mut Dice, letters: &[char], longest: usize) -> String {
    let mut text = String::new();
    for _ in 0..4 + dice.below(longest) {
        text.push(letters[dice.rank(letters.len())]);
        if dice.below(12) == 0 {
            text.push(*dice.of(&['，', '。', '！', ' ']));
        }
    }
    text
}

/// The text of a message.
pub(crate) fn message(number: u64) -> String {
    let mut dice = Dice::new(number);
    let mut text = match dice.below(100) {
        0..45 => {
            let frequent = words(ENGLISH);
            spaced(&mut dice, |dice| word(&frequent, SYLLABLES, dice.rank(MADE_UP)))
        }
        45..55 => {
            let frequent = words(if dice.below(2) == 0 { GERMAN } else { FRENCH });
            spaced(&mut dice, |dice| word(&frequent, SYLLABLES, dice.rank(MADE_UP)))
        }
        55..67 => {
            let frequent = words(RUSSIAN);
            spaced(&mut dice, |dice| word(&frequent, CYRILLIC, dice.rank(MADE_UP)))
        }
        67..82 => unspaced(&mut dice, &CHINESE.chars().filter(|c| !c.is_whitespace()).collect::<Vec<_>>(), 40),
        82..90 => {
            let mut letters: Vec<char> = KANA.chars().collect();
            letters.extend(CHINESE.chars().filter(|c| !c.is_whitespace()).take(150));
            let text = unspaced(&mut dice, &letters, 30);
            format!("{text}{}", dice.of(KATAKANA))
        }
        90..95 => {
            let letters: Vec<char> = KOREAN.chars().collect();
            spaced(&mut dice, |dice| (0..2 + dice.below(3)).map(|_| letters[dice.rank(letters.len())]).collect())
        }
        _ => {
            let frequent = words(ENGLISH);
            let code = identifier(&mut dice);
            format!("{code} {}", spaced(&mut dice, |dice| word(&frequent, SYLLABLES, dice.rank(MADE_UP))))
        }
    };
    match dice.below(25) {
        0 => text = format!("{text} https://{}.example/{}", english(100 + dice.below(900)), dice.below(99_999)),
        1 | 2 => text = format!("{text} {}", dice.of(EMOJIS)),
        3 => text = format!("{text} #{}", dice.below(400_000)),
        _ => {}
    }
    text
}
