import { beforeAll, describe, it } from 'vitest'

import { look, SIZES } from './support/look'
import type { Person } from './support/person'
import { useStage } from './support/stage'

const stage = useStage()
let path = ''
let groupPath = ''

const CONVERSATION: [who: 0 | 1, text: string][] = [
  [0, 'Morning! The new landing page is up on staging.'],
  [0, 'Would you have a look before the **11:30** call?'],
  [1, 'On it. First impression: much calmer than the old one.'],
  [1, '- hero text fits on a phone now\n- the form still says *Submit*, could be *Create account*'],
  [
    0,
    'Good catch. Something like this?\n\n```ts\nconst label = signedIn ? "Continue" : "Create account"\n```',
  ],
  [1, 'Exactly. Docs are at https://example.org/docs/forms if you want the wording rules.'],
  [0, 'Shipping it 🚢'],
]

const TALK: [who: 0 | 1, text: string][] = [
  [0, 'Could you send me the numbers for the slide?'],
  [1, 'Sure, they are in the shared folder. Ask for access if it is closed.'],
  [0, 'Will do. Thursday at the latest.'],
]

beforeAll(async () => {
  const people = [await stage.arriveSignedUp('maya.lind'), await stage.arriveSignedUp('jonas_r')] as const
  path = await people[0].createRoom('design reviews')
  await people[1].joinRoom('design reviews')
  for (const [who, text] of CONVERSATION) {
    const count = await people[who].page.getByTestId('message').count()
    await people[who].send(text)
    await people[who].page.locator('[data-testid=message][data-status=sent]').nth(count).waitFor()
  }
  await (await people[0].actions('Shipping it 🚢')).getByRole('button', { name: 'Reply' }).waitFor()
  await people[1].message('Shipping it 🚢').hover()
  await people[1].message('Shipping it 🚢').getByRole('button', { name: 'React with thumbs up' }).click()
  await people[1].message('Shipping it 🚢').getByTestId('reaction').waitFor()
  for (const name of ['release notes', 'coffee', 'incident 2041']) {
    await people[1].createRoom(name)
    await people[1].send(`Hello ${name}`)
    await people[1].seesSent(`Hello ${name}`)
    await people[0].joinRoom(name)
  }
  await people[1].send('The database is back. @maya.lind, can you check the graphs?')
  // A conversation of two, one that waits to be read, a group, and a room that is muted.
  const third = await stage.arriveSignedUp('priya.raman')
  await third.writeTo('maya.lind')
  await third.send('Do you have five minutes for the invoices?')
  await third.seesSent('Do you have five minutes for the invoices?')
  await people[0].writeTo('jonas_r')
  for (const [who, text] of TALK) {
    if (who === 1) await people[1].writeTo('maya.lind')
    await people[who].send(text)
    await people[who].seesSent(text)
  }
  await people[0].message('Will do. Thursday at the latest.').getByTestId('receipt').waitFor()
  await people[0].page.getByRole('button', { name: 'New room' }).click()
  const dialog = people[0].page.getByRole('dialog')
  await dialog.getByLabel('Name').fill('offsite planning')
  for (const name of ['jonas_r', 'priya.raman']) {
    await dialog.getByRole('combobox').fill(name)
    await dialog.getByTestId('suggestion').filter({ hasText: name }).waitFor()
    await dialog.getByRole('combobox').press('Enter')
    await dialog.getByTestId('chosen').filter({ hasText: name }).waitFor()
  }
  await dialog.getByRole('radio', { name: 'Private' }).click()
  await dialog.getByRole('button', { name: 'Create room' }).click()
  await people[0].inRoom('offsite planning')
  groupPath = new URL(people[0].page.url()).pathname
  await people[1].entry('offsite planning').click()
  await people[1].send('@maya.lind I found two places by the lake, @priya.raman knows a third.')
  await third.entry('offsite planning').click()
  await third.sees('@maya.lind I found two places by the lake, @priya.raman knows a third.')
  await people[0].sees('@maya.lind I found two places by the lake, @priya.raman knows a third.')
  await people[0].send('Lovely. @here, please say by Friday which days do not work.')
  await people[0]
    .message('Lovely. @here, please say by Friday which days do not work.')
    .getByTestId('seen-by')
    .waitFor()
  await people[0].entry('coffee').click()
  await people[0].inRoom('coffee')
  await people[0].page.getByRole('button', { name: 'Room menu' }).click()
  await people[0].page.getByRole('menuitem', { name: /^Notifications/ }).press('ArrowRight')
  await people[0].page.getByRole('menuitemradio', { name: 'Nothing' }).click()
  await people[0].entry('coffee').getByRole('img', { name: 'muted' }).waitFor()
  await third.leave()
  await people[0].leave()
  await people[1].entry('release notes').click()
  await people[1].inRoom('release notes')
  for (const text of ['2.4 is tagged.', '@maya.lind, a word on the new landing page?']) {
    await people[1].send(text)
    await people[1].seesSent(text)
  }
  await people[1].entry('coffee').click()
  await people[1].inRoom('coffee')
  await people[1].send('Fresh pot!')
  await people[1].seesSent('Fresh pot!')
})

async function signIn(size: keyof typeof SIZES): Promise<Person> {
  const person = await stage.arrive('maya.lind', { viewport: SIZES[size] })
  await person.page.goto('/login')
  await person.page.getByLabel('Username').fill('maya.lind')
  await person.page.getByLabel('Password', { exact: true }).fill('correct horse battery')
  await person.page.getByRole('button', { name: 'Sign in' }).click()
  await person.page.getByTestId('room').first().waitFor()
  return person
}

describe.each(['phone', 'desktop'] as const)('on a %s', (size) => {
  it('signing in and up', async () => {
    const person = await stage.arrive('nobody', { viewport: SIZES[size] })
    await person.page.goto('/login')
    await person.page.getByRole('button', { name: 'Sign in' }).waitFor()
    await look(person, `login-${size}`)
    await person.page.goto('/signup')
    await person.page.getByLabel('Username').fill('a')
    await person.page.getByLabel('Password', { exact: true }).fill('short')
    await person.page.getByRole('button', { name: 'Create account' }).click()
    await look(person, `signup-${size}`)
  })

  it('without rooms', async () => {
    const person = await stage.arriveSignedUp(`newcomer.${size}`, { viewport: SIZES[size] })
    await person.page
      .getByText(size === 'phone' ? 'Browse rooms' : 'It is quiet in here')
      .first()
      .waitFor()
    await look(person, `empty-${size}`)
  })

  it('the rooms and a conversation', async () => {
    const person = await signIn(size)
    await look(person, `home-${size}`)
    await person.page.goto(path)
    await person.sees('Shipping it 🚢')
    await look(person, `room-${size}`)
    await person.page.getByRole('button', { name: 'Room menu' }).click()
    await person.page.getByRole('menuitem', { name: 'Room settings' }).waitFor()
    await look(person, `room-menu-${size}`)
    await person.page.getByRole('menuitem', { name: 'Room settings' }).click()
    await person.page.getByRole('dialog').waitFor()
    await look(person, `room-settings-${size}`)
    await person.page.keyboard.press('Escape')
    if (size === 'phone') {
      await person.page.getByTestId('toggle-members').click()
      await person.page.getByTestId('members').waitFor()
      await look(person, `members-${size}`)
    }
  })

  it('the dialogs', async () => {
    const person = await signIn(size)
    await person.page.getByRole('button', { name: 'New room' }).click()
    await person.page.getByRole('dialog').waitFor()
    await look(person, `create-${size}`)
    await person.page.keyboard.press('Escape')
    await person.page.getByRole('button', { name: 'Browse rooms' }).first().click()
    await person.page
      .getByRole('button', { name: /^(Open|Join) / })
      .first()
      .waitFor()
    await look(person, `browse-${size}`)
    await person.page.keyboard.press('Escape')
    await person.page.keyboard.press('Control+k')
    await person.page.getByRole('dialog').waitFor()
    await look(person, `switcher-${size}`)
  })

  it('direct messages and groups', async () => {
    const person = await signIn(size)
    await person.page.goto('/d/jonas_r')
    await person.sees('Will do. Thursday at the latest.')
    await look(person, `direct-${size}`)
    await person.page.getByRole('button', { name: 'Conversation menu' }).click()
    await person.page.getByRole('menuitem', { name: /^Notifications/ }).press('ArrowRight')
    await person.page.getByRole('menuitemradio', { name: 'Mentions only' }).waitFor()
    await look(person, `direct-menu-${size}`)
    await person.page.goto(groupPath)
    await person.message('Lovely. @here, please say by Friday which days do not work.').waitFor()
    await person
      .message('Lovely. @here, please say by Friday which days do not work.')
      .getByTestId('seen-by')
      .waitFor()
    await look(person, `group-${size}`)
    await person.message('Lovely. @here, please say by Friday which days do not work.').hover()
    await person.message('Lovely. @here, please say by Friday which days do not work.').click()
    await person.page.getByRole('button', { name: 'More actions' }).click()
    await person.page.getByRole('menuitem', { name: 'Mark as unread' }).waitFor()
    await look(person, `message-menu-${size}`)
    await person.page.keyboard.press('Escape')
    await person.composer.fill('')
    await person.composer.pressSequentially('What about @')
    await person.page.getByRole('option').first().waitFor()
    await look(person, `mention-${size}`)
    await person.composer.press('Escape')
    await person.composer.fill('')
    await person.page.goto('/d/nobody.here')
    await person.page.getByText('Nobody here by that name').waitFor()
    await look(person, `direct-nobody-${size}`)
    await person.page.goto('/d/maya.lind')
    await person.inRoom('maya.lind (you)')
    await look(person, `notes-${size}`)
  })

  it('choosing people', async () => {
    const person = await signIn(size)
    await person.page.getByRole('button', { name: 'New message' }).click()
    await person.page.getByTestId('person').first().waitFor()
    await look(person, `write-${size}`)
    await person.page.getByLabel('Search people').fill('zzz')
    await person.page.getByText('Nobody is called').waitFor()
    await look(person, `write-none-${size}`)
    await person.page.keyboard.press('Escape')
    await person.page.getByRole('button', { name: 'New room' }).click()
    const dialog = person.page.getByRole('dialog')
    await dialog.getByRole('combobox').fill('jonas')
    await dialog.getByTestId('suggestion').first().waitFor()
    await dialog.getByRole('combobox').press('Enter')
    await dialog.getByRole('combobox').fill('pri')
    await dialog.getByTestId('suggestion').filter({ hasText: 'priya' }).waitFor()
    await look(person, `create-group-${size}`)
    await person.page.keyboard.press('Escape')
    await person.page.keyboard.press('Escape')
    await person.page.keyboard.press('Control+k')
    await person.page.getByPlaceholder('Jump to a room or a person…').fill('r')
    await person.page.getByRole('option', { name: 'jonas_r' }).waitFor()
    await look(person, `palette-${size}`)
  })

  it('settings, and a page that is not there', async () => {
    const person = await signIn(size)
    await person.page.goto('/settings')
    await person.page.getByTestId('session').first().waitFor()
    await look(person, `settings-${size}`)
    await person.page.goto('/nowhere')
    await person.page.getByText('This door leads nowhere').waitFor()
    await look(person, `not-found-${size}`)
  })
})
