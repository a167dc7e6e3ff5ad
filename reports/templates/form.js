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

/* The time of a strategy with a kind of exclusion, and the sentences on what of it was not measured as asked.

   null if that kind was not measured. Of several measured calls the one with the nearest number of rows is taken. */
function timeOf(times, request, excluded) {
  const of = times?.modes[request.distinct ? "distinct" : "with"];
  const calls = (of?.over_V ?? []).filter(call => call.excluded === excluded);
  if (!calls.length) return null;
  const away = call => Math.abs(Math.log(call.rows / request.rows));
  const call = calls.reduce((a, b) => (away(b) < away(a) ? b : a));
  const size = at(call.sizes, request.V), notes = [];
  let ns = size.value;
  if (size.how === "between") notes.push(`interpolated between V = ${count(size.at[0])} and ${count(size.at[1])}`);
  if (size.how === "nearest") notes.push(`measured at V = ${count(size.at)}, not at yours`);
  for (const [key, asked, usual, word] of [["rows", request.rows, call.rows, "rows"], ["columns", request.k, call.k, "ids a row"]]) {
    if (asked === usual) continue;
    if (!of[key].length) { notes.push(`measured in calls of ${count(usual)} ${word}, not of ${count(asked)}`); continue; }
    const [mine, base] = [at(of[key], asked), at(of[key], usual)];
    ns *= mine.value / base.value;
    notes.push(mine.how === "between" ? `interpolated over ${word}` : mine.how === "nearest" ? `at ${count(mine.at)} ${word}, the nearest that was measured` : `scaled to ${count(asked)} ${word} by the measured ratio`);
  }
  if (!of.passes) notes.push("failed a fidelity check or was not checked");
  return { ns, notes };
}

/* The recommended sampler, its time, and the price of what people use today; ratios compare like with like. */
function reply(request) {
  const { name, why } = recommend(request), none = "none";
  const on = request.device === "cpu" ? DATA.times.find(times => times.name === name) : undefined;
  const asked = times => timeOf(times, request, request.exclusion), plain = times => timeOf(times, request, none);
  const own = asked(on) ?? plain(on);
  const peers = DATA.peers.map(peer => {
    const both = asked(on) && asked(peer), time = both ? asked(peer) : plain(peer), mine = both ? asked(on) : plain(on);
    return { title: peer.title, time, ratio: time && mine ? time.ns / mine.ns : null, without: !both && request.exclusion !== none };
  });
  return { name, why, own, excluded: asked(on) !== null, peers: peers.filter(peer => peer.time) };
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
  const { name, why, own, excluded, peers } = reply(request), notes = [...own?.notes ?? []];
  if (own && !excluded) notes.unshift("without exclusion, which was not measured for it");
  if (!name) { line(out, "p", "No strategy can serve this request."); return; }
  line(line(out, "p", ""), "code", name).parentNode.append(`: ${why}.`);
  const time = own ? `Its time: ${duration(own.ns)} per id, ${duration(own.ns * request.rows * request.k)} per call` : "Its time was not measured in this run";
  line(out, "p", `${time}${notes.length ? ` (${notes.join("; ")})` : ""}.`).className = "time";
  if (peers.length && request.kind !== "repeat") line(out, "p", "The times are of counts that repeat, with ids sorted by weight; those of your weights were not measured by V.").className = "note";
  if (request.kind === "repeat" || request.kind === "unsorted") line(out, "p", `Assumed: ${count(request.classes)} different weights, as in the measured counts.`).className = "note";
  const mode = request.distinct ? ", replacement=False" : "", placed = request.device === "cuda" && DATA.strategies[name].names_device ? ', device="cuda"' : "";
  const exclude = request.exclusion === "none" ? "" : request.exclusion === "one" ? ", exclude=positives" : ", exclude=(indptr, ids)";
  // Weights are used as they are. Counts are raised to the power of 0.75.
  const law = request.kind === "equal" ? `samplers.uniform(${request.V})` : request.kind === "different" ? "samplers.from_weights(weights)" : "counts";
  line(out, "code", `sampler = samplers.create("${name}", ${law}${mode}${placed}, rng=42)\nids = sampler.sample(${request.rows}, ${request.k}${exclude})`).className = "line";
  if (request.device === "cuda" && peers.length) line(out, "p", "For comparison, on the CPU:").className = "note";
  const list = line(out, "ul", "");
  for (const peer of peers) {
    const ratio = peer.ratio === null ? "" : peer.ratio >= 1 ? `${significant(peer.ratio, 2)} times slower: ` : `${significant(1 / peer.ratio, 2)} times faster: `;
    const notes = peer.time.notes.filter(note => !own?.notes.includes(note));
    if (peer.without) notes.unshift("both without exclusion");
    line(list, "li", `${peer.title}: ${ratio}${duration(peer.time.ns)} per id${notes.length ? ` (${notes.join("; ")})` : ""}`);
  }
  const absent = DATA.peers.filter(peer => !peer.modes[request.distinct ? "distinct" : "with"]).map(peer => peer.title);
  if (absent.length) line(out, "p", `${request.distinct ? "These draw no distinct ids" : "These draw distinct ids only"}: ${absent.join("; ")}.`).className = "note";
}

const ask = document.getElementById("ask");
ask.addEventListener("input", () => show(ask));
ask.addEventListener("submit", event => event.preventDefault());
show(ask);
