const box = document.getElementById("find");
const count = document.getElementById("count");
const cases = [...document.querySelectorAll("[data-words]")];
function filter() {
  const wanted = box.value.toLowerCase().split(/\s+/).filter(Boolean);
  let seen = 0;
  for (const one of cases) {
    one.hidden = !wanted.every((word) => one.dataset.words.includes(word));
    if (!one.hidden && one.tagName === "SECTION") seen += 1;
  }
  count.textContent = `${seen} of ${cases.length / 2} cases`;
}
box.addEventListener("input", filter);
filter();
