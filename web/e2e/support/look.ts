import axe from 'axe-core'
import type { Page } from 'playwright-core'
import { expect } from 'vitest'

import { output } from './paths'
import type { Person } from './person'

export const SIZES = { phone: { width: 390, height: 844 }, desktop: { width: 1440, height: 900 } } as const
const SCHEMES = ['light', 'dark'] as const

/** Rules of WCAG 2.2 AA and of good practice that the page breaks, with the elements that break them. */
async function violations(page: Page): Promise<string[]> {
  await page.evaluate(axe.source)
  return page.evaluate(async () => {
    const { axe: runner } = window as unknown as { axe: typeof axe }
    const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']
    // An open menu hangs at the end of the page, over everything; it has the focus and its role, and needs no landmark.
    const scope = { exclude: ['[data-reka-popper-content-wrapper]:has([role=menu])'] }
    const inMenu = { include: ['[role=menu]'] }
    const runs = [await runner.run(scope, { runOnly: { type: 'tag', values: tags } })]
    if (document.querySelector('[role=menu]')) {
      const rules = { region: { enabled: false } }
      runs.push(await runner.run(inMenu, { runOnly: { type: 'tag', values: tags }, rules }))
    }
    return runs.flatMap(({ violations: found }) =>
      found.flatMap((rule) =>
        rule.nodes.map((node) => `${rule.id}: ${node.target.join(' ')} ${node.failureSummary ?? ''}`),
      ),
    )
  })
}

/** Takes a picture in light and dark, and looks for what breaks a rule or does not fit. */
export async function look(person: Person, name: string): Promise<void> {
  for (const colorScheme of SCHEMES) {
    await person.page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
    await person.page.screenshot({ path: `${output}/${name}-${colorScheme}.png`, animations: 'disabled' })
    expect.soft(await violations(person.page), `${name}, ${colorScheme}`).toEqual([])
    // What scrolls sideways does not fit: the page, or anything in it that is meant to scroll down only.
    const wide = await person.page.evaluate(() =>
      [document.documentElement, ...document.querySelectorAll('body *')]
        .filter(
          (one) => one === document.documentElement || /auto|scroll/.test(getComputedStyle(one).overflowY),
        )
        .filter((one) => !one.matches('pre, table, textarea') && one.scrollWidth > one.clientWidth)
        .map((one) => `${one.tagName} ${one.className}`),
    )
    expect.soft(wide, `${name} is too wide`).toEqual([])
  }
}
