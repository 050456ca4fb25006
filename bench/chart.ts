import { whole } from './statistics.js';

/** One bar, and whether it is drawn as what the chart is about. */
export interface Bar {
  readonly name: string;
  readonly value: number;
  readonly isOurs: boolean;
}

/** Bars that share a scale. */
export interface Panel {
  readonly title: string;
  readonly bars: readonly Bar[];
}

const width = 760;
const left = 200;
const right = 90;
const barHeight = 18;
const step = 24;
const titleHeight = 40;

/** Draws panels under each other, as an SVG for light and dark pages. The longest bar of each fills its width. */
export function drawChart(panels: readonly Panel[]): string {
  let top = 0;
  const drawn = panels.map((panel) => {
    const text = drawPanel(panel, top);
    top += titleHeight + panel.bars.length * step;
    return text;
  });
  const height = top + 10;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${inXml(panels.map(({ title }) => title).join('; '))}">
<style>
text { font: 13px system-ui, sans-serif; fill: #24292f }
.title { font-weight: 600 }
.name { text-anchor: end }
.other { fill: #afb8c1 }
.ours { fill: #0969da }
@media (prefers-color-scheme: dark) { text { fill: #e6edf3 } .other { fill: #6e7681 } .ours { fill: #4493f8 } }
</style>
${drawn.join('\n')}
</svg>
`;
}

function drawPanel({ title, bars }: Panel, top: number): string {
  const most = Math.max(...bars.map(({ value }) => value));
  const lines = bars.map(({ name, value, isOurs }, index) => {
    const y = top + titleHeight + index * step;
    const length = Math.round((value / most) * (width - left - right));
    const middle = y + 13;
    return [
      `<text class="name" x="${left - 8}" y="${middle}">${inXml(name)}</text>`,
      `<rect class="${isOurs ? 'ours' : 'other'}" x="${left}" y="${y}" width="${length}" height="${barHeight}" rx="2"/>`,
      `<text x="${left + length + 6}" y="${middle}">${whole(value)}</text>`,
    ].join('\n');
  });
  return [`<text class="title" x="8" y="${top + 25}">${inXml(title)}</text>`, ...lines].join('\n');
}

function inXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
}
