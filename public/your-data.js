"use strict";
// "Your data": sign in with Vipps, fetch what is held, erase the account. The access token is kept in
// this page's memory only, and the session is ended when the page is left.

const $ = (id) => document.getElementById(id);
const english = document.documentElement.lang === "en";
const say = (nb, en) => { $("said").textContent = english ? en : nb; };
let session = null;
let unpaid = 0;

async function call(method, path, body) {
  const headers = {
    "Accept-Language": english ? "en" : "nb",
    "Content-Type": "application/json",
    "Idempotency-Key": crypto.randomUUID(),
  };
  if (session) headers.Authorization = "Bearer " + session.access_token;
  const reply = await fetch(path, { method, headers, body: body && JSON.stringify(body) });
  const json = await reply.json().catch(() => null);
  if (!reply.ok) throw Object.assign(new Error(json?.title ?? String(reply.status)), { code: json?.code });
  return json;
}

// One thing at a time; what goes wrong is said, and the button works again.
function on(id, act) {
  $(id).addEventListener("click", async () => {
    $(id).disabled = true;
    try {
      await act();
    } catch (error) {
      if (error.code === "fresh_sign_in_required" || error.code === "unauthenticated") signedOut();
      $("said").textContent = error.message;
    } finally {
      $(id).disabled = false;
    }
  });
}

function signedOut() {
  session = null;
  $("in").hidden = true;
  $("out").hidden = false;
}

async function signIn() {
  const begun = await call("POST", "/v1/sign-in", { flow: "pages" });
  sessionStorage.setItem("attempt", begun.attempt);
  sessionStorage.setItem("page", location.pathname);
  location.assign(begun.authorize_url);
}

async function complete(query) {
  history.replaceState(null, "", location.pathname);
  const attempt = sessionStorage.getItem("attempt");
  sessionStorage.clear();
  if (!attempt || !query.has("code")) {
    say("Du ble ikke logget inn.", "You were not signed in.");
    return;
  }
  const result = await call("POST", "/v1/sign-in/complete", {
    attempt, state: query.get("state"), code: query.get("code"), device_name: english ? "Your data" : "Dine data",
  });
  if (!result.session) {
    say("Du har ingen konto hos oss, og vi har ingenting om deg.", "You have no account, and we have nothing about you.");
    return;
  }
  session = result.session;
  $("out").hidden = true;
  $("in").hidden = false;
  say("Du er logget inn.", "You are signed in.");
}

async function fetchAll() {
  say("Henter …", "Fetching …");
  const tables = [];
  let after = null;
  do {
    const page = await call("GET", "/v1/privacy/export" + (after ? "?after=" + encodeURIComponent(after) : ""));
    tables.push(...page.tables);
    after = page.next;
  } while (after);
  const file = new Blob([JSON.stringify({ tables }, null, 2)], { type: "application/json" });
  const link = document.createElement("a");
  link.href = URL.createObjectURL(file);
  link.download = english ? "your-data.json" : "dine-data.json";
  link.textContent = english ? "Save the file" : "Lagre filen";
  $("file").replaceChildren(link);
  $("file").hidden = false;
  say("Filen er klar.", "The file is ready.");
  link.focus();
}

function list(id, entries, words) {
  const items = entries.map((entry) => {
    const item = document.createElement("li");
    item.textContent = words(entry);
    return item;
  });
  $(id).replaceChildren(...items);
}

async function preview() {
  const plan = await call("GET", "/v1/privacy/erasure");
  const language = english ? "en" : "nb";
  list("goes", plan.goes, (each) => `${each.table}: ${each.rows}`);
  list("stays", plan.stays, (each) => {
    const until = each.until ? ` (${new Date(each.until).toLocaleDateString(english ? "en-GB" : "nb-NO")})` : "";
    return `${each.table}: ${each.rows}. ${each.ground[language]}${until}`;
  });
  $("plan").hidden = false;
  // Earnings alone do not stand in the way of somebody who leaves them behind.
  unpaid = plan.obstacles.join() === "earnings" ? plan.unpaid_ore : 0;
  const stopped = plan.obstacles.length > 0 && !unpaid;
  $("erase").hidden = stopped;
  if (stopped) {
    say(`Dette må bli ferdig først: ${plan.obstacles.join(", ")}.`, `This must be over first: ${plan.obstacles.join(", ")}.`);
  } else {
    say("Se gjennom lista før du sletter.", "Look the list through before you erase.");
  }
}

async function erase() {
  if (!$("sure").checked) {
    say("Kryss av for at du forstår at dette ikke kan angres.", "Tick that you understand that this can not be undone.");
    $("sure").focus();
    return;
  }
  const kroner = (unpaid / 100).toFixed(2);
  if (unpaid && !confirm(english
    ? `You are owed ${kroner} NOK. Open the payout account in the app to have it paid. Leave it behind?`
    : `Du har ${kroner} kr til gode. Åpne utbetalingskontoen i appen for å få dem utbetalt. La pengene stå igjen?`)) return;
  const receipt = await call("POST", "/v1/privacy/erasure", unpaid ? { leave_unpaid_ore: unpaid } : undefined);
  session = null;
  $("in").hidden = true;
  say(`Kontoen er slettet. Kvittering: ${receipt.id}.`, `The account is erased. Receipt: ${receipt.id}.`);
}

// Who can't sign in has a link, with a secret behind its #, and a code that came on another way.
async function collect() {
  const { url } = await call("POST", "/v1/privacy/collections", { link: location.hash.slice(1), code: $("code").value });
  say("Arkivet hentes.", "The archive is being fetched.");
  location.assign(url);
}

addEventListener("pagehide", () => {
  if (!session) return;
  const headers = { Authorization: "Bearer " + session.access_token };
  fetch("/v1/sessions/" + session.session_id, { method: "DELETE", headers, keepalive: true });
  signedOut();
});

const query = new URLSearchParams(location.search);
const page = sessionStorage.getItem("page");
if (query.has("state") && page === "/en/your-data" && page !== location.pathname) {
  // Vipps hands everybody back to one address.
  location.replace(page + location.search);
} else {
  $("tool").hidden = false;
  on("sign-in", signIn);
  on("fetch", fetchAll);
  on("preview", preview);
  on("erase", erase);
  on("open", collect);
  if (location.hash.length > 1) {
    $("collect").hidden = false;
    say("Skriv inn koden for å åpne arkivet.", "Write the code to open the archive.");
  }
  if (query.has("state")) complete(query).catch((error) => { $("said").textContent = error.message; });
}
