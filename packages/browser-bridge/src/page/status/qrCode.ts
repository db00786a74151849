// A QR code as an SVG element, made of one path. Built node by node: nothing that the page shows is ever parsed as markup.
import { encode } from 'uqr'

const svg = 'http://www.w3.org/2000/svg'

export function qrCode(document: Document, text: string, label: string): SVGSVGElement {
  const { size, data } = encode(text, { ecc: 'M', border: 3 })
  const squares = data.flatMap((row, y) => row.flatMap((dark, x) => (dark ? [`M${x} ${y}h1v1h-1z`] : [])))
  const root = document.createElementNS(svg, 'svg')
  root.setAttribute('viewBox', `0 0 ${size} ${size}`)
  root.setAttribute('role', 'img')
  root.setAttribute('aria-label', label)
  root.setAttribute('shape-rendering', 'crispEdges')
  const path = document.createElementNS(svg, 'path')
  path.setAttribute('d', squares.join(''))
  root.append(path)
  return root
}
