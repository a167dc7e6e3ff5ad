/* SPDX-License-Identifier: MIT */
/* The form: the rule of samplers.recommend over the data that reports/form.py writes, and the measured times. */
const DATA = JSON.parse(document.getElementById("form-data").textContent);

function slots(entries) { let n = 1; while (n < entries) n *= 2; return n; }

/* Why a strategy cannot serve a request; "" if it can. */
function whyNot(name, request) {
  const limits = DATA.strategies[name], { few_classes, ids_per_class } = DATA.rule;
  if (!limits.modes.includes(!request.distinct)) return "draws no distinct ids";
  if (limits.max_k !== null && request.k > limits.max_k) return `draws at most ${count(limits.max_k)} ids in a row`;
  if (limits.max_ids !== null && request.V > limits.max_ids) return `takes at most ${count(limits.max_ids)} ids`;
  if (limits.uniform_only && request.classes !== 1) return "is for equal weights";
  const most = Math.max(few_classes, Math.floor(request.V / ids_per_class));
  return limits.repeating_only && request.classes > most ? "is for weights that repeat" : "";
}

/* The strategy that samplers.recommend names, with its reason: V ids with so many different weights, sorted or not. */
function recommend(request) {
  const { uniform, spectrum, alias, small_table, smaller, slot_bytes, class_bytes, id_bytes, fallbacks } = DATA.rule;
  const first = names => names.find(name => !whyNot(name, request)) ?? "";
  if (request.device === "cuda") return { name: first(fallbacks.cuda), why: "it has the fewest bytes and words of each id on a GPU, by a model, not by a measurement in this run" };
  const rest = [alias, ...fallbacks.cpu];
  if (request.classes === 1) return { name: first([uniform, ...rest]), why: "all ids are equally likely, so that it needs no table" };
  if (whyNot(spectrum, { ...request, distinct: false, k: 1 })) return { name: first(rest), why: "the weights hardly repeat" };
  const own = slot_bytes * slots(request.V);
  const other = slot_bytes * slots(request.classes) + class_bytes * request.classes + (request.sorted ? 0 : id_bytes * request.V);
  if (own <= small_table) return { name: first([alias, spectrum, ...rest]), why: "its table fits into the level-1 cache" };
  if (smaller * other > own) return { name: first([alias, spectrum, ...rest]), why: request.sorted ? "the weights repeat too rarely" : "the ids are not sorted by weight" };
  return { name: first([spectrum, ...rest]), why: "weights repeat, so that its draws read less memory than those of " + alias };
}

/* The value at x on log axes between measured points, and where it comes from; the nearest value outside of them. */
function at(points, x) {
  const same = points.find(point => point[0] === x);
  if (same) return { value: same[1], at: x, how: "measured" };
  const above = points.findIndex(point => point[0] > x);
  if (above <= 0) {
    const near = points[above === 0 ? 0 : points.length - 1];
    return { value: near[1], at: near[0], how: "nearest" };
  }
  const [a, b] = [points[above - 1], points[above]], share = Math.log(x / a[0]) / Math.log(b[0] / a[0]);
  return { value: Math.exp(Math.log(a[1]) * (1 - share) + Math.log(b[1]) * share), at: [a[0], b[0]], how: "between" };
}

/* The time of a plain draw, and what of it was not measured as asked; null if it was not measured.

   Of several measured calls one whose times reach V is taken, and of these the one with the nearest number of rows. */
function plainOf(of, request) {
  const calls = (of?.over_V ?? []).filter(call => call.excluded === "none");
  if (!calls.length) return null;
  const beyond = ({ sizes }) => Math.max(0, Math.log(sizes[0][0] / request.V), Math.log(request.V / sizes.at(-1)[0]));
  const away = call => 1e3 * beyond(call) + Math.abs(Math.log(call.rows / request.rows));
  const call = calls.reduce((a, b) => (away(b) < away(a) ? b : a));
  const size = at(call.sizes, request.V), notes = [];
  let ns = size.value;
  if (size.how === "between") notes.push(`interpolated between V = ${count(size.at[0])} and ${count(size.at[1])}`);
  for (const [key, asked, usual, word] of [["rows", request.rows, call.rows, "rows"], ["columns", request.k, call.k, "ids a row"]]) {
    if (asked === usual) continue;
    if (!of[key].length) { notes.push(`measured in calls of ${count(usual)} ${word}, not of ${count(asked)}`); continue; }
    const [mine, base] = [at(of[key], asked), at(of[key], usual)];
    ns *= mine.value / base.value;
    notes.push(mine.how === "between" ? `interpolated over ${word}` : mine.how === "nearest" ? `at ${count(mine.at)} ${word}, the nearest that was measured` : `scaled to ${count(asked)} ${word} by the measured ratio`);
  }
  if (!of.passes) notes.push("failed a fidelity check or was not checked");
  return { ns, far: size.how === "nearest" ? size.at : null, notes };
}

/* What a kind of exclusion costs in the benchmark that draws with and without it: `where`, and nanoseconds per id of both.

   null if the benchmark does not have it. `same` is false at another k or beyond the measured V, where a part of the
   price that is paid for each row and not for each id would be scaled wrongly. */
function priceOf(of, request, excluded) {
  const priced = of?.over_V.find(call => call.excluded === excluded);
  const base = of?.over_V.find(call => call.excluded === "none" && call.rows === priced?.rows && call.k === priced?.k);
  const both = priced && base ? priced.sizes.filter(([V]) => base.sizes.some(point => point[0] === V)) : [];
  if (!both.length) return null;
  const mine = at(both, request.V), plain = at(base.sizes.filter(([V]) => both.some(point => point[0] === V)), request.V);
  const where = `calls of ${count(priced.rows)} × ${priced.k}${mine.how === "nearest" ? ` and V = ${count(mine.at)}` : ""}`;
  return { ns: mine.value, plain: plain.value, rows: priced.rows, where, same: mine.how !== "nearest" && request.k === priced.k };
}

/* The time with a kind of exclusion: that of the plain draw times the ratio of both in one benchmark; null if unknown. */
function timeOf(times, request, excluded) {
  const of = times?.modes[request.distinct ? "distinct" : "with"], plain = plainOf(of, request);
  if (excluded === "none" || !plain) return plain;
  const price = priceOf(of, request, excluded);
  if (!price?.same) return null;
  const notes = request.rows === price.rows ? plain.notes : [...plain.notes, `the ratio to a plain draw is that of ${price.where}`];
  return { ...plain, ns: plain.ns * price.ns / price.plain, notes };
}

/* The nearest request of the decision grid with weights of a kind: V, rows, k and nanoseconds per id, without exclusion. */
function onGrid(name, request) {
  const cells = DATA.grid[request.kind]?.[request.distinct ? "distinct" : "with"]?.filter(cell => cell[3][name]) ?? [];
  const away = ([V, rows, k]) => [[V, request.V], [rows, request.rows], [k, request.k]].reduce((sum, [a, b]) => sum + Math.abs(Math.log(a / b)), 0);
  return cells.length ? cells.reduce((a, b) => (away(b) < away(a) ? b : a)) : null;
}

/* The recommended sampler, its time, and the price of what people use today; ratios compare like with like. */
function reply(request) {
  const { name, why } = recommend(request), none = "none";
  const on = request.device === "cpu" ? DATA.times.find(times => times.name === name) : undefined;
  const asked = times => timeOf(times, request, request.exclusion), plain = times => timeOf(times, request, none);
  const near = onGrid(name, request), same = near && request.exclusion === none && ["V", "rows", "k"].every((key, i) => near[i] === request[key]);
  const own = same ? { ns: near[3][name], far: null, notes: ["with weights like yours"] } : asked(on) ?? plain(on);
  const peers = DATA.peers.map(peer => {
    const both = asked(on) && asked(peer), time = both ? asked(peer) : plain(peer), mine = both ? asked(on) : plain(on);
    return { title: peer.title, time, ratio: time && mine ? time.ns / mine.ns : null, without: !both && request.exclusion !== none, again: both && request.exclusion !== none };
  });
  const price = own && !asked(on) ? priceOf(on.modes[request.distinct ? "distinct" : "with"], request, request.exclusion) : null;
  return { name, why, own, near, same, price, excluded: asked(on) !== null, peers: peers.filter(peer => peer.time) };
}

function count(n) { return n.toLocaleString("en"); }
function significant(x, digits) { return Number(x.toPrecision(digits)).toLocaleString("en", { maximumFractionDigits: 20 }); }
function duration(ns) {
  const [size, unit] = [[1e9, "s"], [1e6, "ms"], [1e3, "µs"]].find(([least]) => ns >= least) ?? [1, "ns"];
  return `${significant(ns / size, 3)} ${unit}`;
}
function asked(form) {
  const field = name => form.elements[name], number = name => Number(field(name).value), kind = field("kind").value;
  const V = number("V");
  const counted = DATA.distinct.length ? Math.round(at(DATA.distinct, V).value) : Math.ceil(Math.sqrt(V));
  const classes = kind === "equal" ? 1 : kind === "different" ? V : Math.max(1, Math.min(V, counted));
  return { V, classes, kind, sorted: kind !== "unsorted", rows: number("rows"), k: number("k"), distinct: field("distinct").checked, exclusion: field("exclusion").value, device: field("device").value };
}

function line(parent, tag, text) { const node = document.createElement(tag); node.textContent = text; parent.append(node); return node; }

function show(form) {
  const out = document.getElementById("reply");
  out.replaceChildren();
  const bad = [...form.elements].find(field => field.willValidate && !field.validity.valid);
  if (bad) { line(out, "p", `${bad.closest("label").firstChild.textContent.trim()}: ${bad.validationMessage}`); return; }
  const request = asked(form);
  if (request.distinct && request.k > request.V) { line(out, "p", `k = ${count(request.k)} distinct ids cannot be drawn from ${count(request.V)} ids.`); return; }
  const { name, why, own, near, same, price, excluded, peers } = reply(request), notes = [...own?.notes ?? []];
  if (own && !excluded) notes.unshift(price ? `without exclusion; with it, ${price.where} take ${duration(price.ns)} per id, and ${duration(price.plain)} without` : "without exclusion, which was not measured for it");
  if (!name) { line(out, "p", "No strategy can serve this request."); return; }
  line(line(out, "p", ""), "code", name).parentNode.append(`: ${why}.`);
  const took = own ? `${duration(own.ns)} per id, ${duration(own.ns * request.rows * request.k)} per call` : "";
  const time = !own ? "Its time was not measured in this run" : own.far === null ? `Its time: ${took}` : `Its time was not measured at V = ${count(request.V)}; at V = ${count(own.far)} it was ${took}`;
  line(out, "p", `${time}${notes.length ? ` (${notes.join("; ")})` : ""}.`).className = "time";
  if ((own || peers.length) && request.kind !== "repeat") {
    const like = `${same ? "The times below" : "Times"} are of counts that repeat, with ids sorted by weight`;
    const known = same ? "" : near ? ` Of weights like yours the nearest measured request is V = ${count(near[0])}, ${count(near[1])} × ${count(near[2])}, without exclusion: ${duration(near[3][name])} per id.` : " Weights like yours were not timed.";
    line(out, "p", `${like}.${known}`).className = "note";
  }
  if (request.kind === "repeat" || request.kind === "unsorted") line(out, "p", `Assumed: ${count(request.classes)} different weights, as in the measured counts; samplers.recommend(counts) reads your own.`).className = "note";
  const mode = request.distinct ? ", replacement=False" : "", placed = request.device === "cuda" && DATA.strategies[name].names_device ? ', device="cuda"' : "";
  const exclude = request.exclusion === "none" ? "" : request.exclusion === "one" ? ", exclude=positives" : ", exclude=seen[users]";
  // `users` are those of the rows. The sets are checked and sorted once.
  const once = request.exclusion === "csr" ? `seen = samplers.IdSets.from_lists(histories, V=${request.V})  # once: the ids that each user has seen\n` : "";
  // Weights are used as they are. Counts are raised to the power of 0.75.
  const law = request.kind === "equal" ? `samplers.uniform(${request.V})` : request.kind === "different" ? "samplers.from_weights(weights)" : "counts";
  line(out, "code", `${once}sampler = samplers.create("${name}", ${law}${mode}${placed}, rng=42)\nnegatives = sampler.sample(${request.rows}, ${request.k}${exclude})`).className = "line";
  if (once && (price || excluded)) line(out, "p", "Timed with a CSR pair, which each call checks and sorts; seen[users] does that once and takes less (Prices).").className = "note";
  if (request.device === "cuda" && peers.length) line(out, "p", "For comparison, on the CPU:").className = "note";
  const list = line(out, "ul", "");
  for (const peer of peers) {
    const ratio = peer.ratio === null ? "" : peer.ratio >= 1 ? `${significant(peer.ratio, 2)} times slower: ` : `${significant(1 / peer.ratio, 2)} times faster: `;
    const notes = peer.time.notes.filter(note => !own?.notes.includes(note));
    if (peer.time.far !== null && peer.time.far !== own?.far) notes.unshift(`measured at V = ${count(peer.time.far)}, not at yours`);
    if (peer.without) notes.unshift("both without exclusion");
    line(list, "li", `${peer.title}: ${ratio}${duration(peer.time.ns)} per id${notes.length ? ` (${notes.join("; ")})` : ""}`);
  }
  if (peers.some(peer => peer.again)) line(out, "p", "Excluded ids that these draw are drawn again, by further calls of them until none is left.").className = "note";
  const absent = DATA.peers.filter(peer => !peer.modes[request.distinct ? "distinct" : "with"]).map(peer => peer.title);
  if (absent.length) line(out, "p", `${request.distinct ? "These draw no distinct ids" : "These draw distinct ids only"}: ${absent.join("; ")}.`).className = "note";
}

const ask = document.getElementById("ask");
ask.addEventListener("input", () => show(ask));
ask.addEventListener("submit", event => event.preventDefault());
show(ask);
