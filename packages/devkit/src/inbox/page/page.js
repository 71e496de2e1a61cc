// @ts-check
// Keeps the page up to date: what the server renders is put in as it is, newest first.
const messages = /** @type {HTMLElement} */ (document.getElementById("messages"));
const filter = /** @type {HTMLInputElement} */ (document.getElementById("filter"));
const state = /** @type {HTMLElement} */ (document.getElementById("state"));

function applyFilter() {
  const wanted = filter.value.trim().toLowerCase();
  for (const article of messages.querySelectorAll("article")) {
    article.hidden = !article.dataset.to?.toLowerCase().includes(wanted);
  }
}

function showLocalTimes() {
  for (const time of messages.querySelectorAll("time")) {
    time.textContent = new Date(time.dateTime).toLocaleTimeString();
  }
}

async function refresh() {
  const newest = messages.querySelector("article")?.id.slice("message-".length) ?? "";
  const answer = await fetch(`/messages?after=${newest}`);
  messages.insertAdjacentHTML("afterbegin", await answer.text());
  applyFilter();
  showLocalTimes();
}

// One at a time, so that two arrivals at once cannot both insert the first.
let running = Promise.resolve();
function refreshInTurn() {
  running = running.then(refresh).catch(() => undefined);
}

const events = new EventSource("/events");
events.addEventListener("message", refreshInTurn);
events.addEventListener("open", () => {
  state.textContent = "live";
  state.className = "live";
  refreshInTurn();
});
events.addEventListener("error", () => {
  state.textContent = "waiting for the server";
  state.className = "";
});

filter.addEventListener("input", applyFilter);

document.getElementById("clear")?.addEventListener("click", async () => {
  await fetch("/api/messages", { method: "DELETE" });
  messages.replaceChildren();
});

messages.addEventListener("click", async (event) => {
  const button = event.target instanceof Element ? event.target.closest(".code") : null;
  if (!(button instanceof HTMLElement)) return;
  await navigator.clipboard.writeText(button.dataset.code ?? "");
  button.classList.add("copied");
  setTimeout(() => button.classList.remove("copied"), 1_500);
});

showLocalTimes();
