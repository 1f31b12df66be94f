/**
 * The script of the page of a report. It builds everything from the data block with text nodes alone: no byte of a key is ever markup.
 * It is text here because it runs in browsers; test/commands/report-html.test.ts runs it in one.
 */
const WORDS = String.raw`
'use strict'
const data = JSON.parse(document.getElementById('data').textContent)
const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB']
function size(bytes) {
  let unit = 0
  for (; bytes >= 1023.95 && unit < 5; unit++) bytes /= 1024
  return unit === 0 ? bytes + ' B' : bytes.toFixed(1) + ' ' + UNITS[unit]
}
const count = (n) => String(n).replace(/\B(?=(\d{3})+$)/g, ',')
const percent = (part, whole) => (whole === 0 ? 0 : (100 * part) / whole).toFixed(1) + ' %'
function make(tag, parent, text, className) {
  const element = document.createElement(tag)
  if (text !== undefined) element.textContent = text
  if (className) element.className = className
  if (parent) parent.append(element)
  return element
}
function section(title) {
  const made = make('section', document.querySelector('main'))
  make('h2', made, title)
  return made
}
function pressed(parent, names, chosen, choose) {
  const buttons = names.map((name, i) => {
    const button = make('button', parent, name)
    button.type = 'button'
    button.setAttribute('aria-pressed', String(i === chosen))
    button.addEventListener('click', () => {
      buttons.forEach((each, j) => each.setAttribute('aria-pressed', String(i === j)))
      choose(i)
    })
    return button
  })
}
`

const TABLES = `
const SHOW = {count, size, text: String, key: String, share: (value) => value.toFixed(1) + ' %'}
/* columns: [name, kind]; kinds are those of SHOW. rows: arrays of values. */
function table(parent, columns, rows, options = {}) {
  const box = make('div', parent)
  const textual = columns.findIndex(([, kind]) => kind === 'key' || kind === 'text')
  let order = options.order ?? -1
  let down = true
  let wanted = ''
  if (rows.length > 8 && textual >= 0) {
    const bar = make('div', box, undefined, 'bar')
    const input = make('input', bar)
    input.type = 'search'
    input.placeholder = 'Filter'
    input.setAttribute('aria-label', 'Filter rows')
    input.addEventListener('input', () => { wanted = input.value.toLowerCase(); fill() })
  }
  const made = make('table', make('div', box, undefined, 'scroll'))
  const head = make('tr', make('thead', made))
  const heads = columns.map(([name, kind], i) => {
    const cell = make('th', head, undefined, kind === 'key' || kind === 'text' ? 'text' : '')
    cell.scope = 'col'
    const button = make('button', cell, name)
    button.type = 'button'
    button.addEventListener('click', () => {
      down = order === i ? !down : kind !== 'key' && kind !== 'text'
      order = i
      fill()
    })
    return cell
  })
  const body = make('tbody', made)
  function fill() {
    heads.forEach((cell, i) => {
      const sorted = i === order
      cell.setAttribute('aria-sort', sorted ? (down ? 'descending' : 'ascending') : 'none')
      cell.firstChild.textContent = columns[i][0] + (sorted ? (down ? ' ▼' : ' ▲') : '')
    })
    const shown = rows.filter((row) => wanted === '' || columns.some(([, kind], i) => (kind === 'key' || kind === 'text') && String(row[i]).toLowerCase().includes(wanted)))
    if (order >= 0) {
      const sign = down ? -1 : 1
      shown.sort((a, b) => sign * (a[order] < b[order] ? -1 : a[order] > b[order] ? 1 : 0))
    }
    body.replaceChildren(...shown.map((row) => {
      const line = make('tr')
      columns.forEach(([, kind], i) => {
        const value = row[i]
        const inner = kind === 'text' && row.inner ? ' inner' : ''
        make('td', line, value === null ? '' : SHOW[kind](value), kind + inner)
      })
      return line
    }))
    if (shown.length === 0) make('td', make('tr', body), 'Nothing matches.', 'none').colSpan = columns.length
  }
  fill()
  return (next) => { rows = next; fill() }
}
function bars(parent, title, rows, show) {
  const box = make('div', parent)
  make('h3', box, title)
  const grid = make('div', box, undefined, 'bars')
  const most = Math.max(1, ...rows.map(([, value]) => value))
  for (const [name, value, more] of rows) {
    make('div', grid, name, 'name')
    const track = make('div', grid, undefined, 'track')
    if (value > 0) make('div', track, undefined, 'fill').style.width = (100 * value) / most + '%'
    make('div', grid, show(value) + (more && value > 0 ? ' · ' + more : ''), 'value')
  }
}
`

const TREEMAP = String.raw`
/* A node: [name, keys, memory, keys without expiry, children, is a prefix]. */
const METRICS = [['Memory', 2, size], ['Keys', 1, count]]
const SHARES = ['to 20 %', 'to 40 %', 'to 60 %', 'to 80 %', 'to 100 %']
const shareClass = (node) => 'c' + Math.min(4, Math.floor((5 * node[3]) / Math.max(1, node[1])))
/* Squarified: rows along the shorter side while their cells get no worse. */
function squarify(items, total, x, y, width, height, place) {
  let left = total
  for (let i = 0; i < items.length && left > 0;) {
    const along = Math.min(width, height)
    const area = (width * height) / left
    let sum = 0
    let worst = Infinity
    let end = i
    for (; end < items.length; end++) {
      const next = sum + items[end].value
      const thick = (next * area) / along
      const longest = (items[i].value * area) / thick
      const shortest = (items[end].value * area) / thick
      const ratio = Math.max(longest / thick, thick / longest, shortest / thick, thick / shortest)
      if (ratio > worst) break
      worst = ratio
      sum = next
    }
    const thick = (sum * area) / along
    for (let at = 0; i < end; i++) {
      const long = (items[i].value * area) / thick
      if (width >= height) place(items[i], x, y + at, thick, long)
      else place(items[i], x + at, y, long, thick)
      at += long
    }
    left -= sum
    if (width >= height) { x += thick; width -= thick } else { y += thick; height -= thick }
  }
}
const nameOf = (nodes) => nodes.map((node) => node[0]).join('') || 'all keys'
function treemap(parent) {
  let metric = 0
  let path = [data.tree]
  let box
  let cells
  const bar = make('div', parent, undefined, 'bar')
  const crumbs = make('nav', bar, undefined, 'crumbs')
  crumbs.setAttribute('aria-label', 'Prefix')
  const controls = make('div', bar, undefined, 'controls')
  const map = make('div', parent, undefined, 'map')
  const legend = make('div', parent, undefined, 'legend')
  make('span', legend, 'Share of keys that never expire:')
  SHARES.forEach((text, i) => {
    const entry = make('span', legend)
    make('i', entry, undefined, 'c' + i)
    entry.append(text)
  })
  const columns = [['prefix or key', 'key'], ['keys', 'count'], ['memory', 'size'], ['of all', 'share'], ['never expire', 'share']]
  const update = table(parent, columns, rowsOf(path[0]), {order: 2})
  function rowsOf(node) {
    return node[4].map((child) => [nameOf([...path.slice(1), child]), child[1], child[2], (100 * child[2]) / Math.max(1, data.tree[2]), (100 * child[3]) / Math.max(1, child[1])])
  }
  function open(nodes) { path = nodes; draw(); update(rowsOf(path[path.length - 1])) }
  function cell({node, value, share}, x, y, width, height) {
    const rest = node === null
    const inner = !rest && node[4].length > 0
    const element = make('div', cells, undefined, 'cell ' + (rest ? 'rest leaf' : shareClass(node) + (inner ? ' node' : ' leaf')))
    Object.assign(element.style, {left: (100 * x) / box.width + '%', top: (100 * y) / box.height + '%', width: (100 * width) / box.width + '%', height: (100 * height) / box.height + '%'})
    const name = rest ? 'others' : node[0] || '(empty)'
    const show = METRICS[metric][2](value)
    element.title = (rest ? 'others' : nameOf([...path.slice(1), node])) + '\n' + show + ', ' + percent(share, 1) + (rest ? '' : '\n' + count(node[1]) + ' keys, ' + percent(node[3], node[1]) + ' never expire')
    if (width > 46 && height > 22) make('b', element, name)
    if (width > 60 && height > 40) make('span', element, show)
    if (!inner) return
    element.tabIndex = 0
    element.setAttribute('role', 'button')
    element.setAttribute('aria-label', element.title)
    const enter = () => open([...path, node])
    element.addEventListener('click', enter)
    element.addEventListener('keydown', (event) => { if (event.key === 'Enter' || event.key === ' ') { event.preventDefault(); enter() } })
  }
  function draw() {
    const node = path[path.length - 1]
    const field = METRICS[metric][1]
    const total = node[field]
    const items = node[4].map((child) => ({node: child, value: child[field], share: child[field] / Math.max(1, total)})).filter(({value}) => value > 0)
    const rest = total - items.reduce((sum, {value}) => sum + value, 0)
    if (rest > 0) items.push({node: null, value: rest, share: rest / total})
    items.sort((a, b) => b.value - a.value)
    /* Measured once: to ask again behind each cell would lay the page out for each. */
    box = map.getBoundingClientRect()
    cells = document.createDocumentFragment()
    squarify(items, total, 0, 0, box.width, box.height, cell)
    map.replaceChildren(cells)
    crumbs.replaceChildren()
    path.forEach((each, i) => {
      if (i > 1) crumbs.append(' ')
      const crumb = make('button', crumbs, i === 0 ? 'all keys' : each[0] || '(empty)')
      if (i === 0) crumbs.append(' › ')
      crumb.type = 'button'
      crumb.addEventListener('click', () => open(path.slice(0, i + 1)))
    })
    make('span', crumbs, '  ' + METRICS[metric][2](total), 'soft')
  }
  pressed(controls, METRICS.map(([name]) => name), 0, (i) => { metric = i; draw() })
  draw()
  addEventListener('resize', draw)
}
`

const PAGE = `
function facts() {
  const box = document.getElementById('facts')
  for (const [name, value] of data.facts) {
    const fact = make('div', box, undefined, 'fact')
    make('b', fact, value)
    make('span', fact, name)
  }
}
const main = document.querySelector('main')
facts()
if (data.notes.length > 0) {
  const box = section('What was not read')
  const list = make('ul', box)
  for (const note of data.notes) make('li', list, note)
}
if (data.advice.length > 0) {
  const list = make('ul', section('Advice'))
  for (const each of data.advice) make('li', list, each)
}
treemap(section('Prefixes'))
{
  const grid = make('div', section('Distributions'), undefined, 'grid')
  for (const {title, rows} of data.bars) bars(grid, title, rows, count)
}
for (const {title, columns, rows, inner} of data.tables) {
  const marked = rows.map((row, i) => Object.assign(row, {inner: inner && inner[i]}))
  table(section(title), columns, marked)
}
{
  const box = section('Largest keys')
  const bar = make('div', box, undefined, 'bar controls')
  const columns = [['key', 'key'], ['db', 'count'], ['type', 'text'], ['encoding', 'text'], ['elements', 'count'], ['longest', 'size'], ['memory', 'size'], ['in the file', 'size'], ['expires', 'text']]
  pressed(bar, data.top.map(({title}) => title), 0, (i) => update(data.top[i].rows))
  const update = table(box, columns, data.top[0].rows)
}
document.documentElement.dataset.ready = 'yes'
`

export const PAGE_SCRIPT = `(() => {${WORDS}${TABLES}${TREEMAP}${PAGE}})()`
