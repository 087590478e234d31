import { expect, it } from 'vitest'

import { PATIENCE } from './support/person'
import { useStage } from './support/stage'

const stage = useStage()

const ATTACKS = [
  '<script>window.pwned=1</script>',
  '<img src=x onerror="window.pwned=1">',
  '<svg onload="window.pwned=1">',
  '<iframe srcdoc="<script>parent.pwned=1</script>"></iframe>',
  '[click](javascript:window.pwned=1)',
  '<a href="javascript:window.pwned=1">click</a>',
  '![x](https://tracker.invalid/pixel.png)',
  '"><img src=x onerror=window.pwned=1>',
  '{{constructor.constructor("window.pwned=1")()}}',
]

it('shows hostile text as text, everywhere that it is shown', async () => {
  const alice = await stage.arriveSignedUp('alice')
  const hostileRoom = '<img src=x onerror=window.pwned=1>'
  await alice.createRoom(hostileRoom)
  const requests: string[] = []
  alice.page.on('request', (request) => requests.push(request.url()))
  for (const text of ATTACKS) await alice.send(text)
  await expect
    .poll(() => alice.page.locator('[data-testid=message][data-status=sent]').count(), PATIENCE)
    .toBe(ATTACKS.length)
  const body = alice.page.getByTestId('message-body')
  for (const tag of ['script', 'img', 'svg', 'iframe', 'object'])
    expect(await body.locator(tag).count()).toBe(0)
  const links = await body
    .locator('a')
    .evaluateAll((all) => all.map((link) => link.getAttribute('href') ?? ''))
  for (const href of links) expect(href).toMatch(/^(https?|mailto):/)
  const shown = (await alice.texts()).join('\n')
  expect(shown).toContain('<script>window.pwned=1</script>')
  expect(shown).toContain('{{constructor.constructor')
  // Quoted in a reply, in the list of rooms and in the title too.
  await (await alice.actions(ATTACKS[1] ?? '')).getByRole('button', { name: 'Reply' }).click()
  await alice.send('quoted')
  await alice.seesSent('quoted')
  await alice.page.reload()
  await alice.sees('quoted')
  expect(await alice.page.evaluate(() => 'pwned' in window)).toBe(false)
  expect(requests.filter((url) => url.includes('tracker.invalid'))).toEqual([])
})

it('writes no secret to the log of the server', async () => {
  const bob = await stage.arriveSignedUp('bob')
  await bob.createRoom('quiet')
  await bob.send('the eagle has landed')
  await bob.seesSent('the eagle has landed')
  const token = await bob.page.evaluate(
    () => (JSON.parse(localStorage.getItem('hallway.login') ?? '{}') as { access: string }).access,
  )
  expect(stage.server.output).not.toContain('the eagle has landed')
  expect(stage.server.output).not.toContain(token)
  expect(stage.server.output).not.toContain('correct horse')
  expect(stage.server.output).not.toMatch(/panicked/)
})
