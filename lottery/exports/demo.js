"use strict";
{
const byId = (id) => document.getElementById(id);
const data = JSON.parse(byId("data").textContent);
const root = document.documentElement;
const still = matchMedia("(prefers-reduced-motion: reduce)");
const grouped = new Intl.NumberFormat("en");
const rounded = new Intl.NumberFormat("en", { notation: "compact", maximumFractionDigits: 1 });

/* ---- The network: what its weights answer to nine cells. Numbers are float32, sums are in doubles, bias first. ---- */

const logistic = (x) => 1 / (1 + Math.exp(-x));
const activations = {
  relu: (x) => Math.max(x, 0),
  leaky_relu: (x) => (x >= 0 ? x : 0.01 * x),
  prelu: (x, slope) => (x >= 0 ? x : slope * x),
  prelu_channels: (x, slope) => (x >= 0 ? x : slope * x),
  silu: (x) => x * logistic(x),
  celu: (x) => (x > 0 ? x : Math.expm1(Math.min(x, 0))),
  tanh: Math.tanh,
  sigmoid: logistic,
  square: (x) => x * x,
  sine: Math.sin,
};
const activate = activations[data.activation];

const levels = data.levels.map((level) => {
  const layers = level.layers.map((layer) => ({
    weights: layer.weights.map((unit) => unit.map(Math.fround)),
    bias: layer.bias.map(Math.fround),
    slope: layer.slope && layer.slope.map(Math.fround),
    activated: layer.activated,
  }));
  const numbers = layers.flatMap((layer) => [...layer.weights.flat(), ...layer.bias, ...(layer.slope || [])]);
  return { ...level, layers, count: numbers.filter((number) => number !== 0).length };
});

/** The cells of a neighbourhood by its code: north-west is the highest of nine bits, reading order. */
const cellsOf = (code) => Array.from({ length: 9 }, (_, place) => (code >> (8 - place)) & 1);

/** What every unit of every layer says to nine cells; the last entry holds the logit. */
function think(layers, cells) {
  const values = [];
  let inputs = cells;
  for (const { weights, bias, slope, activated } of layers) {
    inputs = weights.map((unit, k) => {
      let sum = bias[k];
      for (let i = 0; i < unit.length; i++) sum += unit[i] * inputs[i];
      return activated ? activate(sum, slope && slope[k]) : sum;
    });
    values.push(inputs);
  }
  return values;
}

/* ---- The rule, which never looks at the network: it counts. ---- */

function lives(own, neighbours, code) {
  if (data.rule.table) return data.rule.table[code] === "1" ? 1 : 0;
  return (own ? data.rule.survival : data.rule.birth).includes(neighbours) ? 1 : 0;
}

const truth = Uint8Array.from({ length: 512 }, (_, code) => {
  const cells = cellsOf(code);
  return lives(cells[4], cells.reduce((sum, cell) => sum + cell, 0) - cells[4], code);
});

for (const level of levels) {
  const said = Array.from({ length: 512 }, (_, code) => think(level.layers, cellsOf(code)));
  level.logits = said.map((values) => values.at(-1)[0]);
  level.table = Uint8Array.from(level.logits, (logit) => (logit > 0 ? 1 : 0));
  level.isRight = level.logits.map((logit, code) => Number.isFinite(logit) && (truth[code] ? logit > 0 : logit < 0));
  level.right = level.isRight.filter(Boolean).length;
  level.most = level.layers.map((layer, depth) =>
    layer.bias.map((_, k) => Math.max(...said.map((values) => Math.abs(values[depth][k])))));
}

/* ---- Two boards, each with a border of one cell, which is filled before every step. ---- */

const world = { size: 0, wrap: data.padding === "torus", generation: 0, compared: 0, differences: 0 };
let shown = data.start;

function makeWorld(size) {
  const old = world.size ? { size: world.size, network: world.network, rule: world.rule } : null;
  const cells = () => new Uint8Array((size + 2) * (size + 2));
  Object.assign(world, { size, network: cells(), rule: cells(), spare: cells() });
  strolling.since = -Infinity;
  if (!old) return;
  const shift = Math.floor((size - old.size) / 2);
  for (const board of ["network", "rule"])
    for (let y = 0; y < old.size; y++)
      for (let x = 0; x < old.size; x++)
        if (inside(x + shift, y + shift))
          world[board][at(x + shift, y + shift)] = old[board][(y + 1) * (old.size + 2) + x + 1];
  compare();
}

const at = (x, y) => (y + 1) * (world.size + 2) + x + 1;
const inside = (x, y) => x >= 0 && y >= 0 && x < world.size && y < world.size;
const wrapped = (x) => ((x % world.size) + world.size) % world.size;

function fillBorder(cells) {
  const { size, wrap } = world;
  const row = size + 2;
  for (let i = 1; i <= size; i++) {
    cells[i] = wrap ? cells[size * row + i] : 0;
    cells[(size + 1) * row + i] = wrap ? cells[row + i] : 0;
  }
  for (let y = 0; y < row; y++) {
    cells[y * row] = wrap ? cells[y * row + size] : 0;
    cells[y * row + size + 1] = wrap ? cells[y * row + 1] : 0;
  }
}

/** The next board by the network's 512 answers. Codes roll along a row: three cells leave, three enter. */
function byNetwork(cells, next, table) {
  const row = world.size + 2;
  for (let y = 1; y <= world.size; y++) {
    let i = y * row;
    let code = (cells[i - row] << 7) | (cells[i - row + 1] << 6) | (cells[i] << 4) | (cells[i + 1] << 3) |
      (cells[i + row] << 1) | cells[i + row + 1];
    for (const end = i + world.size; i < end; i++) {
      code = ((code & 0b011011011) << 1) | (cells[i - row + 2] << 6) | (cells[i + 2] << 3) | cells[i + row + 2];
      next[i + 1] = table[code];
    }
  }
}

/** The next board by the rule. A MAP rule has no counts, and is looked up. */
function byRule(cells, next) {
  if (data.rule.table) return byNetwork(cells, next, truth);
  const row = world.size + 2;
  const born = Uint8Array.from({ length: 9 }, (_, count) => lives(0, count));
  const survives = Uint8Array.from({ length: 9 }, (_, count) => lives(1, count));
  for (let y = 1; y <= world.size; y++) {
    for (let i = y * row + 1, end = i + world.size; i < end; i++) {
      const neighbours = cells[i - row - 1] + cells[i - row] + cells[i - row + 1] + cells[i - 1] + cells[i + 1] +
        cells[i + row - 1] + cells[i + row] + cells[i + row + 1];
      next[i] = cells[i] ? survives[neighbours] : born[neighbours];
    }
  }
}

function advance() {
  fillBorder(world.network);
  byNetwork(world.network, world.spare, levels[shown].table);
  [world.network, world.spare] = [world.spare, world.network];
  fillBorder(world.rule);
  byRule(world.rule, world.spare);
  [world.rule, world.spare] = [world.spare, world.rule];
  world.generation += 1;
  world.compared += world.size * world.size;
  compare();
}

function compare() {
  let found = 0;
  for (let y = 0; y < world.size; y++)
    for (let i = at(0, y), end = i + world.size; i < end; i++) found += world.network[i] ^ world.rule[i];
  world.differences = found;
}

/** A cell of both boards. */
function put(x, y, alive) {
  if (world.wrap) [x, y] = [wrapped(x), wrapped(y)];
  if (inside(x, y)) world.network[at(x, y)] = world.rule[at(x, y)] = alive;
}

function startAgain(cells) {
  world.network.fill(0);
  world.rule.fill(0);
  Object.assign(world, { generation: 0, compared: 0, differences: 0 });
  strolling.since = -Infinity;
  for (const [x, y] of cells) put(x, y, 1);
}

/** Random numbers that are the same at every visit (Marsaglia's xorshift of 32 bits); the first soup lives for long. */
let seed = 0x736ae311;
function random() {
  seed ^= seed << 13;
  seed ^= seed >>> 17;
  seed ^= seed << 5;
  return (seed >>> 0) / 2 ** 32;
}

/** Cells of a random square in the middle that is its own mirror image both ways. */
function mirroredSoup() {
  const half = Math.floor(world.size * 0.3), middle = world.size / 2, cells = [];
  for (let y = 0; y < half; y++)
    for (let x = 0; x < half; x++)
      if (random() < 0.34)
        for (const column of [middle + x, middle - 1 - x])
          for (const row of [middle + y, middle - 1 - y]) cells.push([column, row]);
  return cells;
}

function soup() {
  const cells = [];
  for (let y = 0; y < world.size; y++)
    for (let x = 0; x < world.size; x++) if (random() < 0.3) cells.push([x, y]);
  return cells;
}

/* ---- Drawing the boards. ---- */

const colours = {};

function readColours() {
  const style = getComputedStyle(root);
  for (const name of ["ground", "cell", "trail", "wrong", "missed", "positive", "line"]) {
    const css = style.getPropertyValue(`--${name}`).trim();
    const parts = [1, 3, 5].map((place) => parseInt(css.slice(place, place + 2), 16));
    colours[name] = { css, parts, pixel: pixelOf(parts) };
  }
  const { ground, trail } = colours;
  for (let heat = 0; heat < 255; heat++)
    shades[heat] = pixelOf(ground.parts.map((from, k) => from + ((trail.parts[k] - from) * heat) / 254));
  shades[255] = colours.cell.pixel;
}

const pixelOf = ([r, g, b]) => (255 << 24) | (Math.round(b) << 16) | (Math.round(g) << 8) | Math.round(r);
const shades = new Uint32Array(256);

/** One canvas: its cells as one pixel each beside it, and how hot they are: alive 255, less and less once dead. */
const makeView = (canvas) => ({ canvas, small: document.createElement("canvas"), heat: null, drawn: -1, grid: null });
const views = { network: makeView(byId("network-board")), rule: makeView(byId("rule-board")) };
const cursor = { x: 0, y: 0, shown: false };

function fitView(view) {
  const dense = Math.max(1, Math.min(3, devicePixelRatio || 1));
  const room = view.canvas.parentElement.clientWidth * dense;
  // Cells of at least five pixels are all of one size; smaller ones are drawn larger, and the browser shrinks them.
  const exact = room / world.size >= 5;
  view.scale = exact ? Math.floor(room / world.size) : Math.ceil(room / world.size);
  const side = view.scale * world.size;
  view.canvas.width = view.canvas.height = side;
  view.canvas.style.width = view.canvas.style.height = `${exact ? side / dense : room / dense}px`;
  view.small.width = view.small.height = world.size;
  view.context = view.canvas.getContext("2d", { alpha: false });
  view.image = view.small.getContext("2d").createImageData(world.size, world.size);
  view.pixels = new Uint32Array(view.image.data.buffer);
  if (!view.heat || view.heat.length !== world.size ** 2) view.heat = new Uint8Array(world.size ** 2);
  view.grid = view.scale >= 5 ? gridOf(view) : null;
}

function gridOf(view) {
  const tile = document.createElement("canvas");
  tile.width = tile.height = view.scale;
  const context = tile.getContext("2d");
  context.fillStyle = colours.ground.css;
  context.globalAlpha = 0.75;
  const line = Math.max(1, Math.floor(view.scale / 9));
  context.fillRect(view.scale - line, 0, line, view.scale);
  context.fillRect(0, view.scale - line, view.scale - line, line);
  return view.context.createPattern(tile, "repeat");
}

function drawView(view, cells, other) {
  const { heat, pixels } = view, { size } = world, cooling = view.drawn !== world.generation;
  const wrong = colours.wrong.pixel, missed = colours.missed.pixel, keep = still.matches ? 0 : 0.82;
  for (let y = 0, k = 0; y < size; y++) {
    for (let i = at(0, y), end = i + size; i < end; i++, k++) {
      const alive = cells[i];
      if (alive) heat[k] = 255;
      else if (heat[k] && (cooling || heat[k] === 255)) heat[k] *= keep;
      pixels[k] = other && other[i] !== alive ? (alive ? wrong : missed) : shades[heat[k]];
    }
  }
  view.drawn = world.generation;
  view.small.getContext("2d").putImageData(view.image, 0, 0);
  const { context, canvas, scale } = view;
  context.imageSmoothingEnabled = false;
  context.drawImage(view.small, 0, 0, canvas.width, canvas.height);
  if (view.grid) {
    context.fillStyle = view.grid;
    context.fillRect(0, 0, canvas.width, canvas.height);
  }
  if (cursor.shown) drawCursor(context, scale);
  else if (other !== undefined && watched.code === null) drawRing(view);
}

function drawRing({ context, scale }) {
  context.strokeStyle = colours.positive.css;
  context.lineWidth = Math.max(1.5, scale / 5);
  context.beginPath();
  context.arc((strolling.x + 0.5) * scale, (strolling.y + 0.5) * scale, Math.max(2.4 * scale, 7), 0, 2 * Math.PI);
  context.stroke();
}

function drawCursor(context, scale) {
  context.fillStyle = context.strokeStyle = colours.positive.css;
  context.globalAlpha = 0.55;
  for (const [x, y] of brushCells(cursor.x, cursor.y)) {
    const [column, row] = world.wrap ? [wrapped(x), wrapped(y)] : [x, y];
    if (brush) context.fillRect(column * scale, row * scale, scale, scale);
  }
  context.globalAlpha = 1;
  context.lineWidth = Math.max(1.5, scale / 8);
  if (!brush) context.strokeRect(cursor.x * scale, cursor.y * scale, scale, scale);
}

/* ---- The brush: single cells, or a pattern. ---- */

let brush = null;

function fillBrushes() {
  const select = byId("brush");
  select.add(new Option("single cells", ""));
  for (const kind of ["spaceship", "gun", "oscillator", "methuselah", "still life"]) {
    const group = document.createElement("optgroup");
    group.label = kind;
    data.patterns.forEach((pattern, k) => pattern.kind === kind && group.append(new Option(pattern.name, k)));
    if (group.children.length) select.add(group);
  }
}

/** Where a brush puts cells when its middle is here. */
function brushCells(x, y) {
  if (!brush) return [[x, y]];
  const left = x - Math.floor(brush.rows[0].length / 2), top = y - Math.floor(brush.rows.length / 2);
  return brush.rows.flatMap((row, j) => [...row].flatMap((cell, i) => (cell === "O" ? [[left + i, top + j]] : [])));
}

function paint(x, y, alive) {
  for (const [column, row] of brushCells(x, y)) put(column, row, alive);
  compare();
  stale = true;
}

function line(from, to, alive) {
  const steps = Math.max(Math.abs(to.x - from.x), Math.abs(to.y - from.y), 1);
  for (let k = 0; k <= steps; k++)
    put(Math.round(from.x + ((to.x - from.x) * k) / steps), Math.round(from.y + ((to.y - from.y) * k) / steps), alive);
  compare();
  stale = true;
}

function cellUnder(event) {
  const box = event.currentTarget.getBoundingClientRect();
  const cell = (place, from, length) =>
    Math.min(world.size - 1, Math.max(0, Math.floor(((place - from) / length) * world.size)));
  return { x: cell(event.clientX, box.left, box.width), y: cell(event.clientY, box.top, box.height) };
}

function listenTo(view) {
  const { canvas } = view;
  let stroke = null;
  canvas.addEventListener("pointerdown", (event) => {
    if (event.button || (view === views.rule && event.pointerType === "touch")) return;
    const cell = cellUnder(event);
    const alive = brush ? 1 : 1 - world.network[at(cell.x, cell.y)];
    paint(cell.x, cell.y, alive);
    stroke = brush ? null : { ...cell, alive };
    canvas.setPointerCapture(event.pointerId);
  });
  canvas.addEventListener("pointermove", (event) => {
    const cell = cellUnder(event);
    Object.assign(cursor, cell, { shown: true });
    watch(cell);
    if (stroke) {
      line(stroke, cell, stroke.alive);
      Object.assign(stroke, cell);
    }
    stale = true;
  });
  const end = () => (stroke = null);
  canvas.addEventListener("pointerup", end);
  canvas.addEventListener("pointercancel", end);
  canvas.addEventListener("pointerleave", () => {
    cursor.shown = false;
    watch(null);
    stale = true;
  });
}

function moveCursor(event) {
  const moves = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
  if (event.key in moves) {
    if (!cursor.shown && !cursor.x && !cursor.y) cursor.x = cursor.y = Math.floor(world.size / 2);
    const [x, y] = moves[event.key];
    Object.assign(cursor, { x: wrapped(cursor.x + x), y: wrapped(cursor.y + y), shown: true });
    watch({ x: cursor.x, y: cursor.y });
  } else if (event.key === "Enter") {
    paint(cursor.x, cursor.y, brush ? 1 : 1 - world.network[at(cursor.x, cursor.y)]);
  } else return;
  event.preventDefault();
  stale = true;
}

/* ---- The drawing of the network, and the neighbourhood that runs through it. ---- */

const watched = { cell: null, code: null };
const strolling = { x: 0, y: 0, since: -Infinity }; // the cell that is followed while no pointer chooses one
let diagram = null;

/** Follow a cell of the network's board, or any lively one. */
function watch(cell) {
  Object.assign(watched, { cell, code: null });
}

/** Move to another live cell, from somewhere on the board onwards; stay where there is none. */
function stroll(now) {
  const { size } = world;
  for (let k = 0, place = (world.generation * 7919) % (size * size); k < size * size; k++, place = (place + 1) % (size * size)) {
    const x = place % size, y = Math.floor(place / size);
    if (world.network[at(x, y)]) return Object.assign(strolling, { x, y, since: now });
  }
}

function watchedName() {
  return watched.code !== null ? "A cell" : watched.cell ? "The cell under the pointer" : "The circled cell";
}

function watchedCode() {
  if (watched.code !== null) return watched.code;
  const { x, y } = watched.cell || strolling;
  let code = 0;
  for (let j = -1; j <= 1; j++)
    for (let i = -1; i <= 1; i++) {
      const [column, row] = world.wrap ? [wrapped(x + i), wrapped(y + j)] : [x + i, y + j];
      code = (code << 1) | (inside(column, row) ? world.network[at(column, row)] : 0);
    }
  return code;
}

function svg(parent, name, attributes) {
  const node = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  return parent.appendChild(node);
}

const signOf = (weight) => (weight === 0 ? "zero" : weight > 0 ? "plus" : "minus");
const largest = (numbers) => Math.max(1e-12, ...numbers.map(Math.abs));

/** Rows of squares: the nine weights of a kernel, or nine cells. */
function squares(parent, x, y, side, classes) {
  return classes.map((name, place) =>
    svg(parent, "rect", { class: name, x: x + (place % 3) * side + 0.5, y: y + Math.floor(place / 3) * side + 0.5,
      width: side - 1, height: side - 1, rx: 1.2 }));
}

/** Where everything stands: units by layer, and the sizes of kernels, nodes and the neighbourhood, in pixels. */
function placed(layers, width) {
  const tall = layers[0].weights.length, pitch = Math.max(17, Math.min(62, 480 / tall)), side = (pitch - 5) / 3;
  const height = Math.max(tall * pitch, 260), radius = Math.min(10, pitch / 2 - 2);
  const kernels = width * (width < 480 ? 0.22 : 0.25), first = kernels + side * 4 + radius + 12, last = width - 66;
  const spots = layers.map((layer, depth) => layer.bias.map((_, k) => ({
    x: first + ((last - first) * depth) / (layers.length - 1),
    y: (height * (k + 0.5)) / layer.bias.length,
  })));
  return { width, height, side, radius, kernels, spots, window: { x: 2, y: height / 2 - 22.5, side: 15 } };
}

/** Whether a unit reads something and is read. */
function isUsed(layers, depth, k) {
  const isRead = depth === layers.length - 1 || layers[depth + 1].weights.some((unit) => unit[k] !== 0);
  return isRead && layers[depth].weights[k].some((weight) => weight !== 0);
}

function drawEdges(picture, layers, { height, radius, kernels, spots, window }) {
  const from = window.x + 3 * window.side + 3, bend = (kernels - from) / 2;
  layers[0].weights.forEach((unit, k) => {
    const { y } = spots[0][k], curve = `${from + bend} ${height / 2} ${kernels - bend} ${y} ${kernels - 4} ${y}`;
    if (unit.some((weight) => weight !== 0))
      svg(picture, "path", { class: "edge zero", d: `M${from} ${height / 2}C${curve}` });
  });
  const edges = [];
  layers.slice(1).forEach((layer, depth) => {
    const scale = largest(layer.weights.flat());
    layer.weights.forEach((unit, k) => unit.forEach((weight, i) => {
      if (!weight) return;
      const start = spots[depth][i], end = spots[depth + 1][k];
      const width = 0.4 + (Math.min(6, 60 / unit.length) * Math.abs(weight)) / scale;
      const ends = { x1: start.x + radius, y1: start.y, x2: end.x - radius, y2: end.y };
      edges.push({ node: svg(picture, "line", { class: `edge ${signOf(weight)}`, "stroke-width": width, ...ends }), depth, i });
    }));
  });
  return edges;
}

function drawKernel(group, layer, k, { side, kernels, spots }) {
  const scale = largest(layer.weights.flat());
  const nodes = squares(group, kernels, spots[0][k].y - 1.5 * side, side, layer.weights[k].map(signOf));
  return nodes.map((node, place) => ({ node, strength: Math.abs(layer.weights[k][place]) / scale }));
}

/** A lone square: right of a kernel, or at the upper left of another unit. */
function drawBias(group, layer, depth, k, { side, radius, kernels, spots }) {
  const bias = layer.bias[k], { x, y } = spots[depth][k], size = depth ? Math.min(side, 9) : side;
  if (!bias) return;
  const corner = depth ? { x: x - radius - size - 2, y: y - radius - 3 } : { x: kernels + 3 * side + 4, y: y - size / 2 };
  const shade = 0.3 + (0.7 * Math.abs(bias)) / largest(layer.bias);
  svg(group, "rect", { class: signOf(bias), "fill-opacity": shade, rx: 1.2, width: size - 1, height: size - 1, ...corner });
}

function drawNetwork() {
  const holder = byId("diagram"), { layers, most } = levels[shown];
  const places = placed(layers, Math.max(280, holder.clientWidth)), { radius, spots, window } = places;
  const picture = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  picture.setAttribute("viewBox", `0 0 ${places.width} ${places.height}`);
  const parts = { edges: drawEdges(picture, layers, places), kernels: [], units: [] };
  layers.forEach((layer, depth) => spots[depth].forEach(({ x, y }, k) => {
    const group = svg(picture, "g", { class: isUsed(layers, depth, k) ? "" : "gone" });
    if (depth === 0) parts.kernels.push(drawKernel(group, layer, k, places));
    drawBias(group, layer, depth, k, places);
    if (depth === layers.length - 1) return;
    svg(group, "circle", { class: "unit", cx: x, cy: y, r: radius });
    parts.units.push({ node: svg(group, "circle", { class: "unit-value", cx: x, cy: y, r: 0 }), depth, k, most: most[depth][k] });
  }));
  const { x, y } = spots.at(-1)[0], { side } = window;
  parts.result = svg(picture, "rect", { class: "cell", x: x - 11, y: y - 11, width: 22, height: 22, rx: 3 });
  parts.word = svg(picture, "text", { class: "result", x: x + 18, y });
  parts.logit = svg(picture, "text", { x: x + 18, y: y + 16 });
  parts.cells = squares(picture, window.x, window.y, side, Array(9).fill("cell"));
  const middle = { x: window.x + side - 1, y: window.y + side - 1, width: side + 2, height: side + 2 };
  svg(picture, "rect", { class: "middle", rx: 2.5, ...middle });
  holder.replaceChildren(picture);
  diagram = { parts, radius, shows: "", at: -Infinity };
}

function runThrough(code) {
  const cells = cellsOf(code), level = levels[shown], values = think(level.layers, cells), { parts, radius } = diagram;
  const logit = values.at(-1)[0], alive = level.table[code];
  parts.cells.forEach((node, place) => node.classList.toggle("alive", cells[place] === 1));
  for (const kernel of parts.kernels)
    kernel.forEach(({ node, strength }, place) => {
      if (strength) node.style.fillOpacity = (0.25 + 0.75 * strength) * (cells[place] ? 1 : 0.38);
    });
  for (const { node, depth, i } of parts.edges) node.style.strokeOpacity = values[depth][i] ? 0.9 : 0.26;
  for (const { node, depth, k, most } of parts.units)
    node.setAttribute("r", most ? radius * Math.sqrt(Math.abs(values[depth][k]) / most) : 0);
  parts.result.classList.toggle("alive", alive === 1);
  parts.word.textContent = alive ? "alive" : "dead";
  parts.logit.textContent = `${logit < 0 ? "−" : "+"}${Math.abs(logit).toFixed(1)}`;

  const count = cells.reduce((sum, cell) => sum + cell, 0) - cells[4];
  const fate = cells[4] ? (alive ? "it lives on" : "it dies") : alive ? "it is born" : "it stays dead";
  const wrong = alive === truth[code] ? "" : ` Wrong: the rule says ${truth[code] ? "alive" : "dead"}.`;
  byId("watched").textContent =
    `${watchedName()} is ${cells[4] ? "alive" : "dead"} and has ${count} live neighbour${count === 1 ? "" : "s"}: ${fate}.${wrong}`;
  byId("watched").classList.toggle("no", wrong !== "");
}

/* ---- The 512 answers as a picture of 32 by 16 squares. ---- */

function drawAnswers(marked) {
  const canvas = byId("answers"), context = canvas.getContext("2d"), side = canvas.width / 32;
  context.fillStyle = colours.line.css;
  context.fillRect(0, 0, canvas.width, canvas.height);
  levels[shown].isRight.forEach((right, code) => {
    context.fillStyle = colours[right ? (truth[code] ? "cell" : "ground") : "wrong"].css;
    context.fillRect((code % 32) * side + 0.5, Math.floor(code / 32) * side + 0.5, side - 1, side - 1);
  });
  context.strokeStyle = colours.positive.css;
  context.lineWidth = 3;
  context.strokeRect((marked % 32) * side, Math.floor(marked / 32) * side, side, side);
}

/* ---- Levels of pruning. ---- */

function drawBars() {
  byId("bars").parentElement.style.setProperty("--levels", levels.length);
  levels.forEach((level, index) => {
    const bar = document.createElement("i");
    bar.style.setProperty("--share", level.count / levels[0].count);
    bar.classList.toggle("wrong", level.right < 512);
    bar.addEventListener("click", () => show(index));
    byId("bars").append(bar);
  });
  byId("first-end").textContent = `dense: ${levels[0].count} numbers`;
  byId("last-end").textContent = `${levels.at(-1).right < 512 ? "too far: " : ""}${levels.at(-1).count} numbers`;
}

function show(index) {
  shown = index;
  const { count, right, origin, certificate } = levels[index], exact = right === 512;
  world.network.set(world.rule);  // what differs from now on is this level's fault
  compare();
  byId("level").value = index;
  byId("level").setAttribute("aria-valuetext", `${count} numbers left, ${right} of 512 neighbourhoods right`);
  [...byId("bars").children].forEach((bar, k) => bar.classList.toggle("here", k === index));
  byId("level-count").textContent = count;
  byId("level-share").textContent = `of ${levels[0].count} numbers left (${Math.round((100 * count) / levels[0].count)} %)`;
  byId("level-verdict").textContent = exact ? "right on every board there is" : `wrong on ${512 - right} of 512 neighbourhoods`;
  byId("level-verdict").className = exact ? "yes" : "no";
  root.classList.toggle("failing", !exact);
  byId("network-words").textContent = `${count} numbers that are not zero`;
  byId("right").textContent = `${right} of 512`;
  byId("right").parentElement.classList.toggle("failing", !exact);
  byId("answers").setAttribute("aria-label", `The 512 answers of the network: ${right} are right.`);
  byId("proof").textContent = exact
    ? "All are right, so the network is right on every board there is, for ever: this is a proof, not a test."
    : `${512 - right} are wrong (in colour). Whether you see it depends on how often the board shows them.`;
  byId("origin").textContent = origin;
  byId("certificate").textContent = certificate;
  drawNetwork();
  stale = true;
}

/* ---- Time. ---- */

const SPEEDS = [1, 2, 4, 8, 15, 30, 60, 120, 240]; // generations per second
let playing = !still.matches, owed = 0, last = 0, stale = true;
let milliseconds = 0; // that a frame takes to compute, a moving mean

function setPlaying(on) {
  playing = on;
  root.classList.toggle("playing", on);
  byId("play-word").textContent = on ? "Pause" : "Play";
}

function setSpeed(index) {
  const chosen = Math.max(0, Math.min(SPEEDS.length - 1, index));
  byId("speed").value = chosen;
  byId("speed-words").textContent = `${SPEEDS[chosen]}/s`;
  byId("speed").setAttribute("aria-valuetext", `${SPEEDS[chosen]} generations per second`);
}

function step() {
  setPlaying(false);
  advance();
  stale = true;
}

function frame(now) {
  const begun = performance.now();
  if (playing) {
    owed = Math.min(8, owed + (Math.min(now - last, 250) / 1000) * SPEEDS[byId("speed").value]);
    for (; owed >= 1; owed--) {
      advance();
      stale = true;
    }
  }
  last = now;
  if (stale) {
    draw(now);
    milliseconds += (performance.now() - begun - milliseconds) / 16;
  }
  requestAnimationFrame(frame);
}

function draw(now) {
  if (now - strolling.since > 4000) stroll(now);
  drawView(views.network, world.network, world.rule);
  drawView(views.rule, world.rule);
  byId("generation").textContent = grouped.format(world.generation);
  byId("compared").textContent = world.compared < 1e6 ? grouped.format(world.compared) : rounded.format(world.compared);
  const differ = world.differences > 0;
  byId("differences").textContent = grouped.format(world.differences);
  byId("differences-words").textContent = world.differences === 1 ? "cell differs" : "cells differ";
  byId("sign").textContent = differ ? "≠" : "=";
  byId("verdict").classList.toggle("differs", differ);
  byId("align").disabled = !differ;
  // The drawing of the network follows ten times a second: more could not be read.
  const code = watchedCode(), shows = `${watchedName()} ${code}`;
  if (diagram.shows !== shows && now - diagram.at > 100) {
    Object.assign(diagram, { shows, at: now });
    runThrough(code);
    drawAnswers(code);
  }
  stale = diagram.shows !== shows;
}

/* ---- Light and dark. ---- */

const THEMES = ["auto", "light", "dark"];

function setTheme(name) {
  if (name === "auto") delete root.dataset.theme;
  else root.dataset.theme = name;
  byId("theme-name").textContent = name[0].toUpperCase() + name.slice(1);
  try {
    localStorage.setItem("theme", name);
  } catch { /* a page opened as a file may have no storage */ }
  refit();
}

function savedTheme() {
  try {
    const name = localStorage.getItem("theme");
    return THEMES.includes(name) ? name : "auto";
  } catch {
    return "auto";
  }
}

function refit() {
  readColours();
  Object.values(views).forEach(fitView);
  if (diagram) drawNetwork();
  stale = true;
}

/* ---- Controls. ---- */

const actions = {
  " ": () => setPlaying(!playing),
  n: step,
  s: () => startAgain(soup()),
  m: () => startAgain(mirroredSoup()),
  c: () => startAgain([]),
  "[": () => show(Math.max(0, shown - 1)),
  "]": () => show(Math.min(levels.length - 1, shown + 1)),
  "-": () => setSpeed(+byId("speed").value - 1),
  "+": () => setSpeed(+byId("speed").value + 1),
};
actions["="] = actions["+"];

function listen() {
  byId("play").addEventListener("click", actions[" "]);
  byId("step").addEventListener("click", step);
  byId("speed").addEventListener("input", (event) => setSpeed(+event.target.value));
  byId("soup").addEventListener("click", () => act("s"));
  byId("mirror").addEventListener("click", () => act("m"));
  byId("clear").addEventListener("click", () => act("c"));
  byId("align").addEventListener("click", () => show(shown));
  byId("level").addEventListener("input", (event) => show(+event.target.value));
  byId("brush").addEventListener("change", (event) => (brush = data.patterns[event.target.value] || null));
  byId("size").addEventListener("change", (event) => {
    makeWorld(+event.target.value);
    refit();
  });
  byId("wrap").addEventListener("change", (event) => (world.wrap = event.target.checked));
  byId("theme").addEventListener("click", () =>
    setTheme(THEMES[(THEMES.indexOf(root.dataset.theme || "auto") + 1) % THEMES.length]));
  byId("network-board").addEventListener("keydown", moveCursor);
  Object.values(views).forEach(listenTo);
  const answers = byId("answers");
  answers.addEventListener("pointermove", (event) => {
    const box = answers.getBoundingClientRect();
    const place = (value, most) => Math.min(most - 1, Math.max(0, Math.floor(value * most)));
    watched.code = place((event.clientY - box.top) / box.height, 16) * 32 + place((event.clientX - box.left) / box.width, 32);
    stale = true;
  });
  answers.addEventListener("pointerleave", () => watch(null));
  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest("input, select, button");
    if (event.ctrlKey || event.metaKey || event.altKey || (typing && (event.key === " " || typing.matches("select")))) return;
    if (event.key.toLowerCase() in actions) {
      event.preventDefault();
      act(event.key.toLowerCase());
    }
  });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", refit);
  still.addEventListener("change", () => still.matches && setPlaying(false));
  const holders = [byId("diagram"), ...Object.values(views).map((view) => view.canvas.parentElement)];
  const widths = () => holders.map((holder) => holder.clientWidth).join();
  let fitted = widths();
  const observer = new ResizeObserver(() => {
    if (fitted !== widths()) refit();  // what is drawn may change the heights
    fitted = widths();
  });
  holders.forEach((holder) => observer.observe(holder));
}

function act(key) {
  actions[key]();
  stale = true;
}

if (innerWidth < 700) byId("size").value = "64";
makeWorld(+byId("size").value);
byId("wrap").checked = world.wrap;
startAgain(mirroredSoup());
fillBrushes();
drawBars();
setTheme(savedTheme());
setSpeed(4);
setPlaying(playing);
show(data.start);
byId("lead-numbers").textContent = levels[data.start].count;
listen();
requestAnimationFrame((now) => {
  last = now;
  frame(now);
});

/** For the console, and for tests: what the page holds and computes. */
window.demo = Object.freeze({
  get state() {
    const { size, generation, differences, compared } = world;
    return { size, generation, differences, compared, playing, level: shown, milliseconds };
  },
  board: (name) => Array.from({ length: world.size }, (_, y) => Array.from(world[name].subarray(at(0, y), at(world.size, y)))),
  logits: (level = shown) => levels[level].logits,
  right: () => levels.map((level) => level.right),
  counts: () => levels.map((level) => level.count),
  start: (cells) => {
    startAgain(cells);
    stale = true;
  },
  advance: (generations) => {
    for (let k = 0; k < generations; k++) advance();
    stale = true;
  },
  draw: () => draw(performance.now()),
});
}
