// A small chart as SVG: steps, a line, or dots on a logarithmic scale, over time, with the axes' ends named. Data in, text out.

export interface Point {
  readonly x: number
  readonly y: number
}

export interface ChartOptions {
  readonly title: string
  readonly xUnit: string
  readonly yUnit: string
  readonly form: 'steps' | 'line' | 'dots'
  /** Where the time axis ends. */
  readonly until: number
  /** A value to hold the others against, as a line across. */
  readonly level?: number
  /** Moments to mark with a line. */
  readonly marks?: readonly { readonly x: number; readonly label: string }[]
}

const [width, height, margin] = [720, 180, 36]
/** Room for the axis's ends: '17102 ms' and more. */
const left = 70

export function chartOf(points: readonly Point[], options: ChartOptions): string {
  const { title, xUnit, yUnit, form, until, level, marks = [] } = options
  // Steps count something: where nothing was counted, the axis still ends at one.
  const [least, greatest] = rangeOf(points, Math.max(form === 'steps' ? 1 : 1e-3, level ?? 0))
  const px = (x: number) => (left + (x / until) * (width - margin - left)).toFixed(1)
  const share = (y: number) =>
    form !== 'dots' ? y / greatest : Math.log(Math.max(y, least) / least) / Math.log(greatest / least)
  const py = (y: number) => (height - margin - share(y) * (height - 2 * margin)).toFixed(1)
  const body =
    form === 'dots'
      ? points.map(({ x, y }) => `<circle cx="${px(x)}" cy="${py(y)}" r="1.2"/>`).join('')
      : `<polyline points="${(form === 'line' ? points : steps([...points, ...last(points, until)]))
          .map(({ x, y }) => `${px(x)},${py(y)}`)
          .join(' ')}"/>`
  const lines = marks
    .map(
      ({ x, label }) =>
        `<line class="mark" x1="${px(x)}" x2="${px(x)}" y1="${margin}" y2="${height - margin}"><title>${escapeText(label)}</title></line>`,
    )
    .join('')
  const across =
    level === undefined
      ? ''
      : `<line class="level" x1="${left}" x2="${width - margin}" y1="${py(level)}" y2="${py(level)}"/>`
  return `<svg viewBox="0 0 ${width} ${height}" role="img" aria-label="${escapeText(title)}"><text x="0" y="18" class="title">${escapeText(title)}</text><path class="axis" d="M${left} ${margin}V${height - margin}H${width - margin}"/><text x="${left - 4}" y="${margin + 4}" class="end">${format(greatest)} ${escapeText(yUnit)}</text><text x="${left - 4}" y="${height - margin}" class="end">${form === 'dots' ? format(least) : 0}</text><text x="${width - margin}" y="${height - margin + 16}" class="end">${format(until)} ${escapeText(xUnit)}</text>${across}${lines}${body}</svg>`
}

/** Text fit to stand in HTML. */
export function escapeText(text: string): string {
  return text.replace(/[&<>"]/g, char => `&#${char.charCodeAt(0)};`)
}

/** Never empty, so that everything has a place in it. */
function rangeOf(points: readonly Point[], atLeast: number): readonly [least: number, greatest: number] {
  let [least, greatest] = [Number.POSITIVE_INFINITY, atLeast]
  for (const { y } of points) {
    if (y > 0) least = Math.min(least, y)
    greatest = Math.max(greatest, y)
  }
  return [Math.min(least, greatest / 2), greatest]
}

/** The last value holds until the end. */
function last(points: readonly Point[], x: number): Point[] {
  const point = points.at(-1)
  return point === undefined ? [] : [{ x, y: point.y }]
}

/** A value holds until the next: two points for each change. */
function steps(points: readonly Point[]): Point[] {
  return points.flatMap((point, at) => {
    const before = points[at - 1]
    return before === undefined ? [point] : [{ x: point.x, y: before.y }, point]
  })
}

function format(value: number): string {
  return Number.isInteger(value) || value >= 100 ? value.toFixed(0) : value.toPrecision(2)
}
