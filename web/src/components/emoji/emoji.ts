export interface Emoji {
  char: string
  /** What it shows, and words to find it by. */
  name: string
}

/** What people react with most, until they have habits of their own. */
export const FREQUENT = [
  '👍',
  '❤️',
  '😂',
  '🎉',
  '🙏',
  '👀',
  '✅',
  '🔥',
  '😮',
  '😢',
  '🚀',
  '💯',
  '👏',
  '🤔',
  '👋',
  '🙌',
]

function group(label: string, text: string): { label: string; list: Emoji[] } {
  const list = text
    .trim()
    .split('\n')
    .map((line) => {
      const [char = '', ...words] = line.trim().split(' ')
      return { char, name: words.join(' ') }
    })
  return { label, list }
}

/** A small list that covers daily talk; anything else can be pasted. */
export const EMOJI = [
  group(
    'Faces',
    `😀 grinning happy
     😄 smiling joy
     😁 beaming grin
     😅 sweat relief
     😂 tears of joy laugh
     🤣 rolling laugh
     🙂 slight smile
     🙃 upside down
     😉 wink
     😊 blush warm smile
     😇 halo angel
     😍 heart eyes love
     😘 kiss
     😋 yum tasty
     😜 winking tongue
     🤪 zany
     🤗 hug
     🤭 hand over mouth oops
     🤫 quiet shush
     🤔 thinking hmm
     🤨 raised eyebrow
     😐 neutral
     😑 expressionless
     😶 no mouth speechless
     🙄 eye roll
     😏 smirk
     😬 grimace awkward
     😌 relieved calm
     😴 sleeping tired
     😷 mask ill
     🤒 thermometer sick
     🤯 mind blown
     🥳 party celebrate
     😎 sunglasses cool
     🤓 nerd glasses
     🧐 monocle inspect
     😕 confused
     😟 worried
     😮 surprised wow
     😳 flushed
     🥺 pleading please
     😢 crying sad
     😭 sobbing
     😤 steam determined
     😠 angry
     😱 scream fear
     😓 downcast sweat
     🥱 yawn bored
     🫠 melting
     🫡 salute yes
     🥲 smile with tear`,
  ),
  group(
    'Hands and people',
    `👍 thumbs up yes agree
     👎 thumbs down no
     👌 ok fine
     ✌️ victory peace
     🤞 fingers crossed luck
     🤝 handshake deal
     🙏 thanks please pray
     👏 clap applause
     🙌 raised hands hooray
     👋 wave hello bye
     🤙 call me
     💪 strong muscle
     👉 point right
     👈 point left
     👆 point up
     👇 point down
     ☝️ one finger
     ✊ fist
     👊 bump
     🖐️ hand five
     ✍️ writing
     🤷 shrug
     🤦 facepalm
     🙋 raise hand question
     💃 dance
     🧑‍💻 developer laptop
     👀 eyes look
     🧠 brain
     🗣️ speaking`,
  ),
  group(
    'Hearts and marks',
    `❤️ red heart love
     🧡 orange heart
     💛 yellow heart
     💚 green heart
     💙 blue heart
     💜 purple heart
     🖤 black heart
     💔 broken heart
     💯 hundred perfect
     ✅ check done
     ☑️ ticked
     ❌ cross no
     ❗ exclamation important
     ❓ question
     ⚠️ warning
     🚫 forbidden
     ➕ plus one
     ➖ minus
     ♻️ recycle again
     🔴 red circle
     🟡 yellow circle
     🟢 green circle
     ⭐ star
     🌟 glowing star
     ✨ sparkles shiny
     ⚡ lightning fast
     🔥 fire hot
     💥 boom
     💤 sleep
     💬 speech talk`,
  ),
  group(
    'Things',
    `🎉 party popper tada
     🎊 confetti
     🎂 birthday cake
     🎁 gift
     🏆 trophy win
     🥇 gold medal
     🚀 rocket ship it
     🛠️ tools fix
     🔧 wrench
     🐛 bug
     🧪 test tube
     📌 pin
     📎 paper clip
     📝 memo note
     📅 calendar date
     ⏰ alarm clock
     ⏳ hourglass wait
     💡 idea light bulb
     🔒 lock
     🔑 key
     🚪 door
     📦 package
     📈 chart up
     📉 chart down
     💻 laptop
     📱 phone
     📷 camera
     🎧 headphones
     🎵 music
     💰 money
     🧯 extinguisher
     🚨 siren alert
     🔔 bell
     🗑️ bin delete`,
  ),
  group(
    'Nature and food',
    `☀️ sun
     🌤️ sun and cloud
     ☁️ cloud
     🌧️ rain
     ⛈️ storm
     ❄️ snow
     🌈 rainbow
     🌊 wave sea
     🌱 seedling grow
     🌳 tree
     🌸 blossom
     🍀 clover luck
     🐶 dog
     🐱 cat
     🦊 fox
     🐻 bear
     🐼 panda
     🐢 turtle slow
     🦀 crab rust
     🐙 octopus
     🦄 unicorn
     🐝 bee
     🦋 butterfly
     🍎 apple
     🍌 banana
     🍓 strawberry
     🍕 pizza
     🍔 burger
     🌮 taco
     🍜 noodles
     🍣 sushi
     🍪 cookie
     🍫 chocolate
     ☕ coffee
     🍵 tea
     🍺 beer
     🍷 wine
     🥂 cheers`,
  ),
]

const ALL = EMOJI.flatMap((each) => each.list)

/** Those with a word that begins with each word of the query, then those that only contain it. */
export function findEmoji(query: string): Emoji[] {
  const words = query.trim().toLowerCase().split(/\s+/)
  const starts = (emoji: Emoji) =>
    words.every((word) => emoji.name.split(' ').some((part) => part.startsWith(word)))
  const contains = (emoji: Emoji) => words.every((word) => emoji.name.includes(word) || emoji.char === word)
  return [...ALL.filter(starts), ...ALL.filter((emoji) => !starts(emoji) && contains(emoji))]
}
