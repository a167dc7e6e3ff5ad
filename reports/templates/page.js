/* SPDX-License-Identifier: MIT */
/* Sorting of tables, and folding. */
document.querySelectorAll("table.sortable").forEach(table => {
  const body = table.tBodies[0], heads = [...table.tHead.rows[0].cells];
  heads.forEach((head, column) => head.querySelector("button").addEventListener("click", () => {
    const down = head.getAttribute("aria-sort") === "ascending";
    heads.forEach(h => h.removeAttribute("aria-sort"));
    head.setAttribute("aria-sort", down ? "descending" : "ascending");
    const key = row => row.cells[column].dataset.v ?? "";
    const numeric = head.classList.contains("num") || [...body.rows].every(row => key(row) === "" || !isNaN(key(row)));
    const order = (a, b) => numeric ? key(a) - key(b) : key(a).localeCompare(key(b));
    [...body.rows].sort((a, b) => {
      if (key(a) === "" || key(b) === "") return (key(a) === "") - (key(b) === "");  // empty cells come last
      return down ? order(b, a) : order(a, b);
    }).forEach(row => body.append(row));
  }));
});

/* A link opens the section to which it leads, and everything around its target. */
function unfold(target) {
  if (!target) return;
  const inside = target.matches("section") ? target.querySelector("details.fold") : target;
  for (let node = inside; node; node = node.parentElement?.closest("details")) if (node.matches("details")) node.open = true;
  target.scrollIntoView();
}
const follow = () => unfold(location.hash.length > 1 ? document.getElementById(decodeURIComponent(location.hash.slice(1))) : null);
addEventListener("hashchange", follow);
addEventListener("load", follow);
document.addEventListener("click", event => {  // a second click on the same link does not change the address
  const link = event.target.closest('a[href^="#"]');
  if (link) unfold(document.getElementById(link.getAttribute("href").slice(1)));
});

/* Print opens the sections, without the longest tables, and folds them again. */
let folded = [];
addEventListener("beforeprint", () => {
  folded = [...document.querySelectorAll("details.fold:not([open])")];
  folded.forEach(part => { part.open = true; });
});
addEventListener("afterprint", () => folded.forEach(part => { part.open = false; }));

/* A box whose content is wider than itself says so. */
const boxes = document.querySelectorAll(".scroll, .card");
const mark = ({ target }) => target.classList.toggle("more", target.scrollWidth > target.clientWidth + 1);
const watch = new ResizeObserver(seen => requestAnimationFrame(() => seen.forEach(mark)));  // the sign changes the height
boxes.forEach(box => watch.observe(box));
